import { type Clock, type Logger, toPlatformError } from '@mainstay/kernel';

/** Something that is fetched from elsewhere, of which the last good answer is kept. */
export interface LastGood<T> {
  /**
   * What was fetched last, fetched anew when it is too old or not enough.
   *
   * At most one fetch runs, and at most one begins in each pause, so that requests with invented keys cause no load. A caller
   * waits for a fetch only when what is there is not enough.
   *
   * @returns undefined when nothing ever came, or what came is older than it may be.
   */
  get(isEnough: (value: T) => boolean): Promise<T | undefined>;
  /** Milliseconds since the last good answer; undefined when there was none. */
  ageMs(): number | undefined;
}

/** Options of {@link createLastGood}; times in milliseconds. */
export interface LastGoodOptions<T> {
  /** What it is, in logs. */
  readonly name: string;
  readonly fetch: () => Promise<T>;
  /** Least time between two fetches; a failed one counts. */
  readonly minPauseMs: number;
  /** Age at which it is asked for again, while it goes on being used. */
  readonly maxAgeMs: number;
  /** Age from which it is used no more; default never. */
  readonly keepMs?: number;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** Keeps something at hand; nothing is fetched before it is asked for. */
export function createLastGood<T>(options: LastGoodOptions<T>): LastGood<T> {
  const { name, fetch, minPauseMs, maxAgeMs, keepMs = Number.POSITIVE_INFINITY, logger, clock } = options;
  let current: { readonly value: T; readonly atMs: number } | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    triedAtMs = clock.monotonicMs();
    try {
      current = { value: await fetch(), atMs: clock.monotonicMs() };
      logger.info(`${name} fetched`);
    } catch (error) {
      // What was there stays good: tokens must be verifiable while whoever signs them restarts.
      logger.warn(`${name} could not be fetched`, { error: toPlatformError(error), kept: current !== undefined });
    } finally {
      running = undefined;
    }
  }

  const usable = (): T | undefined =>
    current !== undefined && clock.monotonicMs() - current.atMs < keepMs ? current.value : undefined;

  return {
    async get(isEnough) {
      const nowMs = clock.monotonicMs();
      const found = usable();
      const suffices = found !== undefined && isEnough(found);
      const isOld = current === undefined || nowMs - current.atMs >= maxAgeMs;
      if (running === undefined && (!suffices || isOld) && nowMs - triedAtMs >= minPauseMs) running = refresh();
      if (running !== undefined && !suffices) await running;
      return usable();
    },
    ageMs: () => (current === undefined ? undefined : clock.monotonicMs() - current.atMs),
  };
}
