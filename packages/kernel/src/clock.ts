/**
 * Time as the code sees it; tests replace it, so nothing here waits in real time under test.
 *
 * `nowMs` is the wall clock (may jump), `monotonicMs` only moves forward and is the one to measure with.
 */
export interface Clock {
  /** Milliseconds since 1970 UTC. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start, never going back, with fractions. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. Does not keep the process alive. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once after `ms`, however long that is; the returned function cancels. Does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
}

// The property of the global object is a getter.
const stopwatch = performance;

/** Longest time that timers of the machine know; they fire at once for longer ones. */
export const longestTimerMs: number = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => stopwatch.now(),
  sleep: (ms, signal) => sleepOn(systemClock, ms, signal),
  after(ms, callback) {
    if (ms > longestTimerMs) return afterLong(ms, callback);
    const timer = setTimeout(callback, ms);
    if (typeof timer === 'object') (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer);
  },
};

/** Waits for a time that is longer than a timer can, by one timer after the other. */
function afterLong(ms: number, callback: () => void): () => void {
  let cancel = systemClock.after(longestTimerMs, () => {
    cancel = systemClock.after(ms - longestTimerMs, callback);
  });
  return () => cancel();
}

/** Builds `sleep` from `after`; for implementations of {@link Clock}. */
export function sleepOn(clock: Pick<Clock, 'after'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
