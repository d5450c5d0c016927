import { type Clock, PlatformError, systemClock, toPlatformError } from '@mainstay/kernel';
import { positive, wholeNumber } from '../check-number.ts';
import { resilienceReasons } from '../errors.ts';

/** Options of {@link createBulkhead}. */
export interface BulkheadOptions {
  /** What is protected, for messages. */
  readonly name: string;
  /** Calls that may run at the same time. */
  readonly maxConcurrent: number;
  /** Calls that may wait for a place, default 0: refuse at once. */
  readonly maxQueued?: number;
  /** Longest wait for a place in milliseconds, default 1,000. */
  readonly queueTimeoutMs?: number;
  readonly clock?: Clock;
}

/** Figures of a bulkhead at one moment. */
export interface BulkheadSnapshot {
  readonly name: string;
  readonly running: number;
  readonly queued: number;
  readonly maxConcurrent: number;
  readonly maxQueued: number;
}

/** A limit on calls at the same time. */
export interface Bulkhead {
  /** Calls the function when there is a place, waiting in line for one if allowed. */
  run<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Takes a place; the returned function gives it back, once. */
  acquire(signal?: AbortSignal): Promise<() => void>;
  snapshot(): BulkheadSnapshot;
}

interface Waiter {
  readonly expiresMs: number;
  readonly admit: () => void;
  readonly refuse: (error: PlatformError) => void;
}

/**
 * Makes a bulkhead: at most `maxConcurrent` calls run, at most `maxQueued` wait, first come first served.
 *
 * Cost: nothing but a counter while there are places; one timer for the whole queue.
 *
 * @throws {@link PlatformError} from `run` and `acquire`: `resource_exhausted` / `BULKHEAD_FULL` or `BULKHEAD_QUEUE_TIMEOUT`,
 * executed: no; `canceled` when the signal ends the wait.
 * @example
 * const bulkhead = createBulkhead({ name: 'payments', maxConcurrent: 10, maxQueued: 20 });
 * await bulkhead.run(() => payments.capture(request));
 */
export function createBulkhead(options: BulkheadOptions): Bulkhead {
  const { name } = options;
  const clock = options.clock ?? systemClock;
  const maxConcurrent = wholeNumber(`bulkhead ${name} maxConcurrent`, options.maxConcurrent, 1);
  const maxQueued = wholeNumber(`bulkhead ${name} maxQueued`, options.maxQueued ?? 0, 0);
  const queueTimeoutMs = positive(`bulkhead ${name} queueTimeoutMs`, options.queueTimeoutMs ?? 1_000);
  const queue = new Set<Waiter>();
  let running = 0;
  let cancelTimer: (() => void) | undefined;

  const first = (): Waiter | undefined => queue.values().next().value;
  const watchFirst = (): void => {
    cancelTimer?.();
    const waiter = first();
    // All wait equally long, so the first in line is always the first to expire.
    cancelTimer = waiter && clock.after(Math.max(0, waiter.expiresMs - clock.monotonicMs()), expire);
  };
  const expire = (): void => {
    const nowMs = clock.monotonicMs();
    for (let waiter = first(); waiter !== undefined && waiter.expiresMs <= nowMs; waiter = first()) {
      queue.delete(waiter);
      const message = `bulkhead ${name} had no place within ${queueTimeoutMs} ms: ${running} running, ${queue.size} queued`;
      waiter.refuse(new PlatformError(resilienceReasons.BULKHEAD_QUEUE_TIMEOUT, message));
    }
    watchFirst();
  };
  const releaseOnce = (): (() => void) => {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const waiter = first();
      if (waiter === undefined) {
        running -= 1;
        return;
      }
      // The place goes over without becoming free in between, so nobody jumps the line.
      queue.delete(waiter);
      watchFirst();
      waiter.admit();
    };
  };
  const wait = (signal: AbortSignal | undefined): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const settle = (): void => signal?.removeEventListener('abort', onAbort);
      const waiter: Waiter = {
        expiresMs: clock.monotonicMs() + queueTimeoutMs,
        admit() {
          settle();
          resolve(releaseOnce());
        },
        refuse(error) {
          settle();
          reject(error);
        },
      };
      const onAbort = (): void => {
        const wasFirst = first() === waiter;
        queue.delete(waiter);
        if (wasFirst) watchFirst();
        waiter.refuse(toPlatformError(signal?.reason));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      queue.add(waiter);
      if (queue.size === 1) watchFirst();
    });
  const acquire = async (signal?: AbortSignal): Promise<() => void> => {
    if (signal?.aborted) throw toPlatformError(signal.reason);
    if (running < maxConcurrent) {
      running += 1;
      return releaseOnce();
    }
    if (queue.size < maxQueued) return await wait(signal);
    const message = `bulkhead ${name} is full: ${running} running, ${queue.size} queued`;
    throw new PlatformError(resilienceReasons.BULKHEAD_FULL, message);
  };

  return {
    acquire,
    async run(call, signal) {
      const release = await acquire(signal);
      try {
        return await call();
      } finally {
        release();
      }
    },
    snapshot: () => ({ name, running, queued: queue.size, maxConcurrent, maxQueued }),
  };
}
