import { type Clock, type Logger, toPlatformError } from '@mainstay/kernel';
import { startLoop } from '@mainstay/service';
import { MetricsSum } from '@mainstay/telemetry';
import type { ReadyWorker, ReadyWorkers } from '../ready-workers.ts';
import { readWorker } from './ask-worker.ts';

/** What a worker counted since the last look is lost when it is killed. */
const lookMs = 15_000;

/** The metrics of all workers as one text. */
export interface WorkerMetrics extends AsyncDisposable {
  expose(): Promise<string>;
  /** Reads a worker for the last time before it is stopped. */
  read(worker: ReadyWorker): Promise<void>;
}

/** Sums the metrics of workers, those that have ended among them; gauges have the label `worker`, its process id. */
export function startWorkerMetrics(
  workers: ReadyWorkers,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): WorkerMetrics {
  const sum = new MetricsSum('worker');
  const read = async ({ pid, message, ended }: ReadyWorker): Promise<void> => {
    try {
      const text = await readWorker(message.managementUrl, '/metrics');
      if (!ended.aborted) sum.read(pid, text);
    } catch (error) {
      logger.debug('the metrics of a worker cannot be read, what it told last counts', {
        pid,
        error: toPlatformError(error),
      });
    }
  };
  const readAll = async (): Promise<void> => void (await Promise.all(workers.all().map(read)));
  workers.onReady(({ pid, ended }) => ended.addEventListener('abort', () => sum.end(pid)));
  const loop = startLoop({
    name: 'look at the metrics of workers',
    intervalMs: lookMs,
    clock,
    logger,
    signal: new AbortController().signal,
    run: readAll,
  });
  return {
    async expose() {
      await readAll();
      return sum.expose();
    },
    read,
    [Symbol.asyncDispose]: () => loop[Symbol.asyncDispose](),
  };
}
