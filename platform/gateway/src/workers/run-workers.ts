import cluster from 'node:cluster';
import { systemClock, toPlatformError } from '@mainstay/kernel';
import { tellParent } from '@mainstay/service';
import { createLogger } from '@mainstay/telemetry';
import { forkWorker } from './fork-worker.ts';
import { keepLimits } from './keep-limits.ts';
import { createSpokesman, type ReadyMessage } from './spokesman.ts';
import { startWorkerPool, type WorkerPool } from './worker-pool.ts';

/** How many workers to run, and what this process keeps for them. */
export interface WorkersSettings {
  readonly count: number;
  /** Most buckets of limits. */
  readonly maxBuckets: number;
}

/**
 * Runs this process as the one that starts workers, hands them connections and keeps their limits; it answers no request.
 *
 * SIGUSR2 replaces all workers one after the other, SIGHUP makes each read the configuration again; SIGTERM, SIGINT and the
 * end of a parent stop them and then this process. The parent is told when all are ready, by the message of one, and
 * again whenever another one speaks for them.
 */
export async function runWorkers({ count, maxBuckets }: WorkersSettings): Promise<void> {
  const logger = createLogger({ service: 'gateway' });
  // Round robin whatever the system: the default elsewhere leaves the choice to the kernel, which prefers some workers.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  const keeper = keepLimits(maxBuckets);
  let speaking: ReadyMessage | undefined;
  let pool: WorkerPool | undefined;
  let isStopping = false;
  const spokesman = createSpokesman((message) => {
    speaking = message;
    if (pool !== undefined && !isStopping) void tellParent(message);
  });
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    if (pool === undefined) process.exit(0);
    void pool.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop).on('SIGINT', stop).on('disconnect', stop);
  let replacing = Promise.resolve();
  // Before all are ready for the first time they are as new as can be.
  process.on('SIGUSR2', () => {
    replacing = replacing.then(() => pool?.replaceAll());
  });
  try {
    pool = await startWorkerPool({
      count,
      start: () => forkWorker(keeper, spokesman),
      logger,
      clock: systemClock,
    });
  } catch (error) {
    const { rawMessage: message } = toPlatformError(error);
    process.stderr.write(`${message}\n`);
    await tellParent({ type: 'mainstay.failed', message });
    process.exit(1);
  }
  // Without a file there is nothing to read again, and the end of a terminal ends all as usual.
  if (process.env.MAINSTAY_CONFIG) {
    process.on('SIGHUP', () => {
      for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGHUP');
    });
  }
  logger.info('workers are ready', { count, pids: pool.pids() });
  if (speaking !== undefined) await tellParent(speaking);
}
