import type { Clock, Logger } from '@mainstay/kernel';

/** A process that answers requests. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  /** Asks it to finish what runs, and to end. */
  stop(): void;
  /** Resolves when it can take requests; rejects with what it said when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves with the exit code or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Keeps a number of workers running. */
export interface WorkerPool {
  /**
   * Puts a new worker in the place of each, one after the other: the old one is told to stop when the new one is ready.
   *
   * A new one that does not get ready leaves the old ones running.
   */
  replaceAll(): Promise<void>;
  /** Stops all; resolves when the last one has ended. */
  stop(): Promise<void>;
  /** Those that are wanted now, ready or not; not those that finish what runs. */
  pids(): readonly (number | undefined)[];
}

/** Options of {@link startWorkerPool}. */
export interface WorkerPoolOptions {
  readonly count: number;
  readonly start: () => WorkerProcess;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Pause before a worker that crashed is replaced; doubles with each crash up to the longest, and a minute of peace ends it. */
const firstPauseMs = 100;
const longestPauseMs = 10_000;
const peaceMs = 60_000;

/**
 * Starts workers, all at once, and starts others for those that end by themselves.
 *
 * @throws what the first worker said that did not get ready; then all are stopped.
 */
export async function startWorkerPool({ count, start, logger, clock }: WorkerPoolOptions): Promise<WorkerPool> {
  const wanted = new Set<WorkerProcess>();
  const running = new Set<WorkerProcess>();
  let isStopping = false;
  let pauseMs = firstPauseMs;
  let crashedAtMs = Number.NEGATIVE_INFINITY;

  const begin = (): WorkerProcess => {
    const worker = start();
    running.add(worker);
    void worker.ended.then((how) => {
      running.delete(worker);
      if (wanted.delete(worker) && !isStopping) void replaceCrashed(worker.pid, how);
    });
    return worker;
  };
  const add = (): WorkerProcess => {
    const worker = begin();
    wanted.add(worker);
    return worker;
  };
  const replaceCrashed = async (pid: number | undefined, how: number | string): Promise<void> => {
    const nowMs = clock.monotonicMs();
    pauseMs = nowMs - crashedAtMs > peaceMs ? firstPauseMs : Math.min(longestPauseMs, pauseMs * 2);
    crashedAtMs = nowMs;
    logger.error('a worker ended by itself and is replaced', { pid, how, pause_ms: pauseMs });
    await clock.sleep(pauseMs);
    // One that does not get ready ends, and is replaced in its turn.
    if (!isStopping) await add().ready.catch(() => undefined);
  };
  const stop = async (): Promise<void> => {
    isStopping = true;
    for (const worker of running) worker.stop();
    await Promise.all([...running].map(({ ended }) => ended));
  };

  try {
    await Promise.all(Array.from({ length: count }, () => add().ready));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async replaceAll() {
      const all = Array.from(wanted);
      for (const old of all) {
        const next = begin();
        const isReady = await next.ready.then(
          () => true,
          () => false,
        );
        if (isStopping) return;
        if (!isReady) {
          logger.error('a new worker did not get ready, the others go on', { pid: next.pid });
          return;
        }
        if (!wanted.delete(old)) {
          // It ended by itself meanwhile, and has its successor.
          next.stop();
          continue;
        }
        wanted.add(next);
        old.stop();
        await old.ended;
      }
    },
    stop,
    pids: () => [...wanted].map(({ pid }) => pid),
  };
}
