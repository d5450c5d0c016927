/** How far the primary's log had come at a moment. */
export interface PrimarySample {
  /** When the question was sent, by the clock of this process. */
  readonly atMs: number;
  readonly position: bigint;
}

/** Samples kept for a replica that is behind; beyond that the oldest are dropped, which makes its lag look longer, never shorter. */
const maxSamples = 256;

/**
 * How far one replica is behind, by the clock of this process alone.
 *
 * A replica that has replayed what the primary's log held at a moment shows everything that was committed before it. So its lag is the time since the last
 * such moment: true also when the clocks of the servers differ, nothing is written, or the replica no longer hears of the primary.
 */
export class ReplicaLag {
  readonly #behind: PrimarySample[] = [];
  #shownUntilMs = Number.NEGATIVE_INFINITY;
  #replayed = 0n;
  #bytes = 0n;

  /** Everything committed before this moment is shown. */
  get shownUntilMs(): number {
    return this.#shownUntilMs;
  }

  /** Position up to which the replica is known to show the primary's log. */
  get replayed(): bigint {
    return this.#replayed;
  }

  /** Bytes of log that the replica had not replayed at the last look. */
  get bytes(): bigint {
    return this.#bytes;
  }

  /** @param primary - the last answer of the primary, undefined when it gave none. */
  note(replayed: bigint, primary: PrimarySample | undefined): void {
    this.#replayed = replayed;
    if (primary !== undefined) {
      this.#bytes = primary.position > replayed ? primary.position - replayed : 0n;
      this.#behind.push(primary);
      if (this.#behind.length > maxSamples) this.#behind.shift();
    }
    while (this.#behind.length > 0 && this.#behind[0]!.position <= replayed) {
      this.#shownUntilMs = this.#behind.shift()!.atMs;
    }
  }

  /** Tells that a replica has come further, between two looks. */
  raise(replayed: bigint): void {
    if (replayed > this.#replayed) this.note(replayed, undefined);
  }

  /** Forgets what was known: the server behind the address may be another one. */
  forget(): void {
    this.#behind.length = 0;
    this.#replayed = 0n;
    this.#shownUntilMs = Number.NEGATIVE_INFINITY;
  }
}
