import type { ProjectOptions } from '../project.ts';

/** Options of every command that asks services about their work. */
export interface OperatorOptions extends ProjectOptions {
  readonly json?: boolean;
  /** URL of the gateway; `MAINSTAY_GATEWAY`, else that of the fleet that runs here. */
  readonly gateway?: string;
  /** URL of the registry's HTTP face; `MAINSTAY_REGISTRY`, else that of the fleet that runs here. */
  readonly registry?: string;
  /** Key of the client at the gateway; `MAINSTAY_API_KEY`. */
  readonly apiKey?: string;
  /** Access token; `MAINSTAY_TOKEN`, else the session of `mainstay login`. */
  readonly token?: string;
}

/** Options of commands that may ask several services. */
export interface SeveralOptions extends OperatorOptions {
  /** Services to ask; absent: all that answer. */
  readonly service?: readonly string[];
}

/** Options of commands that change something. */
export interface ActOptions extends SeveralOptions {
  /** Why; kept with who. */
  readonly reason: string;
}
