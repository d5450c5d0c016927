import { type Clock, type Logger, optionError, toPlatformError } from '@mainstay/kernel';

/** A piece of work that comes again and again. */
export interface LoopOptions {
  /** What it does, for log lines: `release of expired holds`. */
  readonly name: string;
  /** Pause between two runs in milliseconds, at least 1; also after a run that failed. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the loop when the service drains: `context.signal`. */
  readonly signal: AbortSignal;
  /** Does one round; `again` skips the pause, for work that comes in batches. A failure is logged and tried again. */
  run(signal: AbortSignal): Promise<'again' | void>;
}

/**
 * Runs a piece of work now and then until it is disposed of or the service drains.
 *
 * One round at a time; a round that is under way is waited for. Any number of instances may run the same loop, so the
 * work must stand that: by row locks, by conditional updates, or under a lease.
 *
 * @throws {@link PlatformError} `OPTION_INVALID` for an interval below 1.
 * @example
 * const loop = startLoop({ name: 'removal of old sessions', intervalMs: 3_600_000, clock, logger, signal, run: removeOldSessions });
 */
export function startLoop(options: LoopOptions): AsyncDisposable {
  if (!(options.intervalMs >= 1)) throw optionError('loop.intervalMs', 'a number of at least 1', options.intervalMs);
  const stop = new AbortController();
  const ended = loop(options, AbortSignal.any([stop.signal, options.signal]));
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

async function loop(options: LoopOptions, signal: AbortSignal): Promise<void> {
  const { name, intervalMs, clock, logger } = options;
  while (!signal.aborted) {
    let isMore = false;
    try {
      isMore = (await options.run(signal)) === 'again';
    } catch (error) {
      const { reason } = toPlatformError(error);
      logger.warn(`${name} failed, trying again`, { reason, error, intervalMs });
    }
    // The pause ends early when the service drains; then the loop ends too.
    if (!isMore) await clock.sleep(intervalMs, signal).catch(() => undefined);
  }
}
