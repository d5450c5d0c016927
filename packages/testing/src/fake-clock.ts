import type { Clock } from '@mainstay/kernel';
import { optionError, sleepOn } from '@mainstay/kernel';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

// Taken once, so that a test which replaces the global timers cannot stop this clock.
const nextLoopTurn = globalThis.setImmediate;

/**
 * A clock that moves only when a test says so.
 *
 * Timers fire in the order they are due, equal ones in the order they were set, each at its own instant, and after
 * each the promises it settled run on before the next fires. Nothing that waits for real I/O is waited for.
 *
 * @example
 * const clock = new FakeClock();
 * const slept = clock.sleep(500);
 * await clock.advance(500);
 * await slept;
 */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  readonly #startMs: number;
  #elapsedMs = 0;
  #jumpedMs = 0;

  /** @param startMs - first wall-clock reading, epoch milliseconds, default 2026-01-01 UTC. */
  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs;
  }

  nowMs(): number {
    return this.#startMs + this.#elapsedMs + this.#jumpedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { dueMs: this.#elapsedMs + Math.max(0, ms), callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Timers that are set and have neither fired nor been cancelled. */
  get pendingCount(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer; undefined when none is set. */
  get nextDueInMs(): number | undefined {
    const next = this.#earliest();
    return next === undefined ? undefined : next.dueMs - this.#elapsedMs;
  }

  /** Moves both readings forward and fires what falls due on the way, also timers set on the way. */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw optionError('ms', 'a number of at least 0', ms);
    const targetMs = this.#elapsedMs + ms;
    await settle();
    for (let next = this.#earliest(); next !== undefined && next.dueMs <= targetMs; next = this.#earliest()) {
      await this.#fire(next);
    }
    this.#elapsedMs = targetMs;
    await settle();
  }

  /** Moves to the next timer and fires it alone; returns false, and does not move, when none is set. */
  async advanceToNext(): Promise<boolean> {
    await settle();
    const next = this.#earliest();
    if (next === undefined) return false;
    await this.#fire(next);
    return true;
  }

  /** Moves the wall clock only, either way, as when the machine's time is corrected; no timer fires. */
  jump(ms: number): void {
    this.#jumpedMs += ms;
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers.delete(timer);
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueMs);
    timer.callback();
    await settle();
  }

  #earliest(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) {
      if (earliest === undefined || timer.dueMs < earliest.dueMs) earliest = timer;
    }
    return earliest;
  }
}

// A turn of the event loop empties the whole queue of microtasks, however long their chain is.
function settle(): Promise<void> {
  return new Promise((resolve) => nextLoopTurn(resolve));
}
