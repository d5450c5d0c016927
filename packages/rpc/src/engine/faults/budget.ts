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
