/** Something that does not get on, as an operator sees it. */
export interface StuckItem {
  /** Finds it again among those of its source. */
  readonly id: string;
  /** Which sort of its kind, for example the name of a saga or the type of an event. */
  readonly type: string;
  /** What it is about, for example the id of an order. */
  readonly subject: string;
  readonly since: Date;
  /** Instance or consumer that works on it; absent when nobody does. */
  readonly owner?: string | null;
  /** Stable reason in capitals. */
  readonly reason: string;
  /** One sentence. */
  readonly message: string;
  readonly attempts: number;
  /** True when nothing will happen without a person. */
  readonly needsPerson: boolean;
  /** Names of what a person may do. */
  readonly actions: readonly string[];
  /** The command that lets it go on once its cause is mended, to be completed with a reason; absent when the choice is the person's, or none helps. */
  readonly command?: string;
}

/** What is asked of a source. */
export interface StuckQuery {
  /** Only what is at least so old, or needs a person. */
  readonly minAgeMs: number;
  readonly subject?: string | undefined;
  readonly limit: number;
}

/** Who acts, and why. */
export interface Act {
  readonly actor: string;
  readonly reason: string;
}

/** Something that a person did. */
export interface ActRecord extends Act {
  readonly at: Date;
  readonly action: string;
  /** Of what it was done to. */
  readonly id: string;
}

/**
 * A kind of durable work that may get stuck, so that it stands in the list of all stuck work.
 *
 * The kit has sources for sagas, events, projections and keyed calls; a service adds those of its own from `start`.
 */
export interface StuckSource {
  /** One word, unique in the service, for example `disagreement`. */
  readonly kind: string;
  /** What needs a person first, then the oldest first. */
  list(query: StuckQuery): Promise<readonly StuckItem[]>;
  /**
   * Closes an item for good and keeps who and why; absent for work that has commands of its own.
   *
   * @returns false when there is no such item (any more).
   */
  resolve?(id: string, act: Act): Promise<boolean>;
  /** What people did, newest first; absent when nothing can be done. */
  acts?(limit: number): Promise<readonly ActRecord[]>;
}
