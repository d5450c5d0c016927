/**
 * A bucket of tokens that fills at a steady pace.
 *
 * Cost: the clock is read only when the bucket is empty.
 */
export class Budget {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  #tokens: number;
  #filledAtMs: number;

  constructor(options: { readonly burst: number; readonly perSecond: number; readonly nowMs: () => number }) {
    this.#burst = options.burst;
    this.#perSecond = options.perSecond;
    this.#nowMs = options.nowMs;
    this.#tokens = options.burst;
    this.#filledAtMs = options.nowMs();
  }

  /** Takes one token; false when there is none. */
  spend(): boolean {
    if (this.#tokens < 1) {
      const nowMs = this.#nowMs();
      this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#filledAtMs) * this.#perSecond) / 1_000);
      this.#filledAtMs = nowMs;
      if (this.#tokens < 1) return false;
    }
    this.#tokens -= 1;
    return true;
  }

  /** Gives tokens for something that entitles the peer to more. */
  credit(tokens: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + tokens);
  }
}

/** Budgets of one connection: frames that cost us more than the peer, or move nothing. */
export interface Budgets {
  /** Streams reset by the peer before their end, or by us because of the peer. */
  readonly resets: Budget;
  readonly settings: Budget;
  readonly pings: Budget;
  readonly priorities: Budget;
  readonly windowUpdates: Budget;
  readonly emptyFrames: Budget;
  readonly unknownFrames: Budget;
}

/** Window updates that each DATA frame of ours entitles the peer to. */
export const windowUpdatesPerDataFrame = 4;

/** Makes full budgets; the numbers stand in the README with what peers need in practice. */
export function createBudgets(nowMs: () => number): Budgets {
  return {
    resets: new Budget({ burst: 2_000, perSecond: 200, nowMs }),
    settings: new Budget({ burst: 100, perSecond: 10, nowMs }),
    pings: new Budget({ burst: 1_000, perSecond: 100, nowMs }),
    priorities: new Budget({ burst: 10_000, perSecond: 1_000, nowMs }),
    windowUpdates: new Budget({ burst: 20_000, perSecond: 2_000, nowMs }),
    emptyFrames: new Budget({ burst: 1_000, perSecond: 100, nowMs }),
    unknownFrames: new Budget({ burst: 1_000, perSecond: 100, nowMs }),
  };
}
