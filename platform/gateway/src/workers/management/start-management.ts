import { type ManagementServer, startManagementServer } from '@mainstay/health';
import type { Clock, Logger } from '@mainstay/kernel';
import type { ReadyWorker, ReadyWorkers } from '../ready-workers.ts';
import { workerActions } from './worker-actions.ts';
import { createWorkerHealth } from './worker-health.ts';
import { startWorkerMetrics } from './worker-metrics.ts';
import { workerPages } from './worker-pages.ts';

/** The one management port of a gateway of workers. */
export interface WorkerManagement extends AsyncDisposable {
  readonly url: string;
  /** All workers are ready for the first time. */
  setStarted(): void;
  /** The gateway is about to end. */
  setDraining(): void;
  /** A worker is about to be stopped. */
  beforeStop(worker: ReadyWorker): Promise<void>;
}

/**
 * Serves health, metrics, pages and acts of all workers at one port, which stays while workers come and go.
 *
 * @throws {@link PlatformError} `failed_precondition` / `MANAGEMENT_PORT_UNAVAILABLE`.
 */
export async function startWorkerManagement(
  workers: ReadyWorkers,
  {
    host,
    port,
    clock,
    logger,
  }: { readonly host: string; readonly port: number; readonly clock: Clock; readonly logger: Logger },
): Promise<WorkerManagement> {
  const health = createWorkerHealth(workers, clock);
  const metrics = startWorkerMetrics(workers, { clock, logger });
  const server: ManagementServer = await startManagementServer({
    health,
    meter: metrics,
    pages: workerPages(workers),
    actions: workerActions(workers, { clock, logger }),
    host,
    port,
  });
  return {
    url: server.url,
    setStarted: () => health.setStarted(),
    setDraining: () => health.setDraining(),
    beforeStop: (worker) => metrics.read(worker),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await metrics[Symbol.asyncDispose]();
    },
  };
}
