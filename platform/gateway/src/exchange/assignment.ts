/** A version that gets copies of requests; its answers are compared and dropped. */
export interface MirrorRule {
  readonly version: string;
  /** Share of the callers whose requests are copied, in per cent. */
  readonly percent: number;
  /** Whether requests that change something are copied, too: then they happen twice. */
  readonly writes: boolean;
  /** Fields that are not compared, by their names at any depth. */
  readonly ignore: readonly string[];
}

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
