const sliceCount = 10;

/**
 * Results of the last `windowMs`, counted in ten slices so that old ones drop out without a timer.
 *
 * What it holds is between 90 % and 100 % of its length old. The three totals are those of the time last named by
 * `record` or `moveTo`.
 *
 * Cost: three arrays of ten numbers, nothing per result.
 */
export class SlidingWindow {
  calls = 0;
  failures = 0;
  /** Slow calls that were no failures. */
  slow = 0;
  readonly #sliceMs: number;
  readonly #calls = new Uint32Array(sliceCount);
  readonly #failures = new Uint32Array(sliceCount);
  readonly #slow = new Uint32Array(sliceCount);
  #head = Number.NEGATIVE_INFINITY;
  #headEndMs = Number.NEGATIVE_INFINITY;
  #index = 0;

  constructor(windowMs: number) {
    this.#sliceMs = windowMs / sliceCount;
  }

  /** Whether any call in it failed or was slow. */
  get hasTrouble(): boolean {
    return this.failures > 0 || this.slow > 0;
  }

  /** Counts a good result at the time last named. */
  countGood(): void {
    this.#calls[this.#index]! += 1;
    this.calls += 1;
  }

  /** Counts one result at this time. */
  record(nowMs: number, result: 'good' | 'failed' | 'slow'): void {
    this.moveTo(nowMs);
    this.countGood();
    const index = this.#index;
    if (result === 'failed') {
      this.#failures[index]! += 1;
      this.failures += 1;
    } else if (result === 'slow') {
      this.#slow[index]! += 1;
      this.slow += 1;
    }
  }

  /** Drops what is too old at this time. */
  moveTo(nowMs: number): void {
    // A clock that goes back counts into the newest slice.
    if (nowMs >= this.#headEndMs) this.#advance(nowMs);
  }

  #advance(nowMs: number): void {
    const slice = Math.floor(nowMs / this.#sliceMs);
    if (slice - this.#head >= sliceCount) this.clear();
    else for (let passed = this.#head + 1; passed <= slice; passed++) this.#drop(indexOf(passed));
    this.#head = slice;
    this.#headEndMs = (slice + 1) * this.#sliceMs;
    this.#index = indexOf(slice);
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.#slow.fill(0);
    this.calls = 0;
    this.failures = 0;
    this.slow = 0;
  }

  #drop(index: number): void {
    this.calls -= this.#calls[index]!;
    this.failures -= this.#failures[index]!;
    this.slow -= this.#slow[index]!;
    this.#calls[index] = 0;
    this.#failures[index] = 0;
    this.#slow[index] = 0;
  }
}

function indexOf(slice: number): number {
  return ((slice % sliceCount) + sliceCount) % sliceCount;
}
