import type { ProjectOptions } from '../project.ts';

/** Options of `mainstay up`. */
export interface UpOptions extends ProjectOptions {
  readonly single?: boolean;
  readonly detach?: boolean;
  readonly mtls?: boolean;
  readonly portOffset?: number;
  /** Set in the process that `--detach` leaves behind: it tells its parent instead of a terminal. */
  readonly reporting?: boolean;
}
