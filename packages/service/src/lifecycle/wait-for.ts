import { type Clock, isPlatformError, type PlatformError } from '@mainstay/kernel';

/** How a start waits for something that other processes provide. */
export interface WaitOptions {
  readonly clock: Clock;
  /** Longest wait, in milliseconds. */
  readonly limitMs: number;
  /** Told at the first failure and then every 5 s. */
  readonly onWaiting: (line: string) => void;
  /** Ends the wait, because the process is told to stop. */
  readonly signal: AbortSignal;
}

/** What is waited for. */
export interface Awaited<T> {
  /** Its name in log lines, for example `the database of orders`. */
  readonly what: string;
  readonly open: () => Promise<T>;
  /** Which failures may end by themselves; all others end the wait. */
  readonly isWorthWaiting: (error: PlatformError) => boolean;
}

/** Short enough to be quick in a fleet that starts all at once, long enough to be no load. */
const pauseMs = 250;
const progressEveryMs = 5_000;

/** Opens something as soon as it is there; throws what `open` threw last when it takes too long. */
export async function waitFor<T>({ what, open, isWorthWaiting }: Awaited<T>, options: WaitOptions): Promise<T> {
  const { clock, limitMs, signal } = options;
  const startedMs = clock.monotonicMs();
  let toldMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await open();
    } catch (error) {
      const waitedMs = clock.monotonicMs() - startedMs;
      if (!isPlatformError(error) || !isWorthWaiting(error) || waitedMs >= limitMs) throw error;
      if (clock.monotonicMs() - toldMs >= progressEveryMs) {
        toldMs = clock.monotonicMs();
        options.onWaiting(`waiting for ${what}: ${error.rawMessage}`);
      }
      await clock.sleep(Math.min(pauseMs, limitMs - waitedMs), signal);
    }
  }
}
