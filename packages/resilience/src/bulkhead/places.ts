import { type Clock, kernelReasons, PlatformError } from '@mainstay/kernel';
import { resilienceReasons } from '../errors.ts';
import type { CallFacts, Priority } from '../policy/policy-types.ts';
import { WaitingLine } from './waiting-line.ts';

/** Checked settings of {@link Places}. */
export interface PlacesSettings {
  readonly name: string;
  readonly clock: Clock;
  readonly maxConcurrent: number;
  readonly maxQueued: number;
  readonly queueTimeoutMs: number;
}

/** Figures of a bulkhead at one moment. */
export interface BulkheadSnapshot {
  readonly name: string;
  readonly running: number;
  readonly queued: number;
  readonly maxConcurrent: number;
  readonly maxQueued: number;
}

/** How one who waits is told; exactly one of both, once, unless it leaves. */
export interface WaitingCallbacks {
  admit(): void;
  refuse(error: PlatformError): void;
}

/** One who waits for a place. */
export interface Waiter {
  readonly callbacks: WaitingCallbacks;
  readonly priority: Priority;
  readonly callerClass: string;
  readonly expiresMs: number;
}

/** The places of a bulkhead and the line before them; a place goes from hand to hand without becoming free in between. */
export class Places {
  readonly #settings: PlacesSettings;
  readonly #line = new WaitingLine<Waiter>();
  #running = 0;
  #watched: Waiter | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(settings: PlacesSettings) {
    this.#settings = settings;
  }

  get clock(): Clock {
    return this.#settings.clock;
  }

  /** Takes a place if one is free. */
  tryTake(): boolean {
    if (this.#running >= this.#settings.maxConcurrent) return false;
    this.#running += 1;
    return true;
  }

  /**
   * Waits for a place, or is refused at once when the line is full.
   *
   * @returns the one who waits, for {@link leave}; undefined when refused.
   */
  wait(facts: CallFacts, callbacks: WaitingCallbacks): Waiter | undefined {
    const { priority = 'normal', callerClass = '' } = facts;
    if (this.#line.size >= this.#settings.maxQueued && !this.#displaceFor(priority)) {
      callbacks.refuse(this.#full());
      return undefined;
    }
    const expiresMs = this.#settings.clock.monotonicMs() + this.#settings.queueTimeoutMs;
    const waiter: Waiter = { callbacks, priority, callerClass, expiresMs };
    this.#line.add(waiter);
    this.#watchOldest();
    return waiter;
  }

  /** Takes one who waits out of the line, without telling it. */
  leave(waiter: Waiter): void {
    this.#line.remove(waiter);
    this.#watchOldest();
  }

  giveBack(): void {
    const next = this.#line.size === 0 ? undefined : this.#line.next();
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#watchOldest();
    next.callbacks.admit();
  }

  snapshot(): BulkheadSnapshot {
    const { name, maxConcurrent, maxQueued } = this.#settings;
    return { name, running: this.#running, queued: this.#line.size, maxConcurrent, maxQueued };
  }

  /** What somebody is told whose deadline passed in the line. */
  tooLate(): PlatformError {
    const message = `bulkhead ${this.#settings.name} had no place before the deadline of the call`;
    return new PlatformError(kernelReasons.DEADLINE_EXCEEDED, message, { executed: 'no' });
  }

  #displaceFor(priority: Priority): boolean {
    const weakest = this.#line.weakestBelow(priority);
    if (weakest === undefined) return false;
    this.#line.remove(weakest);
    weakest.callbacks.refuse(this.#full());
    return true;
  }

  #full(): PlatformError {
    const message = `bulkhead ${this.#settings.name} is full: ${this.#running} running, ${this.#line.size} queued`;
    return new PlatformError(resilienceReasons.BULKHEAD_FULL, message);
  }

  // All wait equally long, so who came first is always the first to expire.
  #watchOldest(): void {
    const { oldest } = this.#line;
    if (oldest === this.#watched) return;
    this.#cancelTimer?.();
    this.#watched = oldest;
    const { clock } = this.#settings;
    this.#cancelTimer =
      oldest && clock.after(Math.max(0, oldest.expiresMs - clock.monotonicMs()), () => this.#expire());
  }

  #expire(): void {
    const { name, clock, queueTimeoutMs } = this.#settings;
    const nowMs = clock.monotonicMs();
    this.#watched = undefined;
    this.#cancelTimer = undefined;
    for (
      let waiter = this.#line.oldest;
      waiter !== undefined && waiter.expiresMs <= nowMs;
      waiter = this.#line.oldest
    ) {
      this.#line.remove(waiter);
      const counts = `${this.#running} running, ${this.#line.size} queued`;
      const message = `bulkhead ${name} had no place within ${queueTimeoutMs} ms: ${counts}`;
      waiter.callbacks.refuse(new PlatformError(resilienceReasons.BULKHEAD_QUEUE_TIMEOUT, message));
    }
    this.#watchOldest();
  }
}
