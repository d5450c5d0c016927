import cluster from 'node:cluster';
import { systemClock, toPlatformError } from '@mainstay/kernel';
import { tellParent } from '@mainstay/service';
import { createLogger } from '@mainstay/telemetry';
import { forkWorker } from './fork-worker.ts';
import { keepLimits } from './keep-limits.ts';
import { keepSplits } from './keep-splits.ts';
import { startWorkerManagement, type WorkerManagement } from './management/start-management.ts';
import { type ReadyMessage, type ReadyWorker, ReadyWorkers } from './ready-workers.ts';
import { startWorkerPool, type WorkerPool } from './worker-pool.ts';

/** How many workers to run, and what this process keeps for them. */
export interface WorkersSettings {
  readonly count: number;
  /** Most buckets of limits. */
  readonly maxBuckets: number;
  /** Where the port for operators is opened; port 0 for a free one. */
  readonly host: string;
  readonly managementPort: number;
}

/**
 * Runs this process as the one that starts workers, hands them connections, keeps what they share and manages them at one port; it
 * answers no request of clients.
 *
 * SIGUSR2 replaces all workers one after the other, SIGHUP makes each read the configuration again; SIGTERM, SIGINT and the
 * end of a parent stop them and then this process. The parent is told when all are ready.
 */
export async function runWorkers({ count, maxBuckets, host, managementPort }: WorkersSettings): Promise<void> {
  const logger = createLogger({ service: 'gateway' });
  const clock = systemClock;
  // Round robin whatever the system: the default elsewhere leaves the choice to the kernel, which prefers some workers.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  const workers = new ReadyWorkers();
  const keepers = [keepLimits(maxBuckets), keepSplits(clock)];
  let first: ReadyMessage | undefined;
  workers.onReady(({ message }) => {
    first ??= message;
  });
  let pool: WorkerPool | undefined;
  let management: WorkerManagement | undefined;
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    management?.setDraining();
    if (pool === undefined) process.exit(0);
    void end(pool, management);
  };
  process.on('SIGTERM', stop).on('SIGINT', stop).on('disconnect', stop);
  let replacing = Promise.resolve();
  // Before all are ready for the first time they are as new as can be.
  process.on('SIGUSR2', () => {
    replacing = replacing.then(() => pool?.replaceAll());
  });
  try {
    const managed = await startWorkerManagement(workers, { host, port: managementPort, clock, logger });
    management = managed;
    const care = { workers, keepers, beforeStop: (worker: ReadyWorker) => managed.beforeStop(worker) };
    pool = await startWorkerPool({ count, start: () => forkWorker(care), logger, clock });
    managed.setStarted();
    // Without a file there is nothing to read again, and the end of a terminal ends all as usual.
    if (process.env.MAINSTAY_CONFIG) process.on('SIGHUP', hangUp);
    logger.info('workers are ready', { count, pids: pool.pids(), management_url: managed.url });
    // Workers share the port for clients, so the address of one is that of all.
    if (first !== undefined) await tellParent({ ...first, managementUrl: managed.url });
  } catch (error) {
    const { rawMessage: message } = toPlatformError(error);
    process.stderr.write(`${message}\n`);
    await tellParent({ type: 'mainstay.failed', message });
    process.exit(1);
  }
}

async function end(pool: WorkerPool, management: WorkerManagement | undefined): Promise<void> {
  await pool.stop();
  await management?.[Symbol.asyncDispose]();
  process.exit(0);
}

function hangUp(): void {
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGHUP');
}
