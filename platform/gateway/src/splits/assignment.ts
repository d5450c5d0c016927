import type { MirrorRule } from './split.ts';

/** Where one request of a service with a split goes. */
export interface Assignment {
  readonly service: string;
  /** The version of the caller, then those that stand in for it, in their order. */
  readonly versions: readonly string[];
  /** Whether the caller chose it: then nothing stands in. */
  readonly isChosen: boolean;
  /** Undefined when this request is not copied. */
  readonly mirror: MirrorRule | undefined;
  /** The version that took the call, `any` for whichever instance there was; undefined until one did. */
  servedBy: string | undefined;
}
