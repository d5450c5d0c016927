import cluster from 'node:cluster';
import { PlatformError } from '@mainstay/kernel';
import type { ParentMessage } from '@mainstay/service';
import { gatewayReasons } from '../errors.ts';
import type { LimitKeeper } from './keep-limits.ts';
import type { SplitKeeper } from './keep-splits.ts';
import type { ReadyWorker, ReadyWorkers } from './ready-workers.ts';
import type { WorkerProcess } from './worker-pool.ts';

/** What this process does for its workers. */
export interface WorkerCare {
  readonly workers: ReadyWorkers;
  readonly keepers: readonly (LimitKeeper | SplitKeeper)[];
  /** Done before a worker is asked to stop. */
  readonly beforeStop: (worker: ReadyWorker) => Promise<void>;
}

/**
 * Starts a process that runs the same program as a worker of this one: it listens on the same port, and this process hands
 * it every connection in its turn, so none is lost while workers come and go.
 */
export function forkWorker({ workers, keepers, beforeStop }: WorkerCare): WorkerProcess {
  // The port that operators know is that of this process; a worker's own is asked by it alone.
  const worker = cluster.fork({ MAINSTAY_MANAGEMENT_PORT: '0' });
  const pid = worker.process.pid ?? 0;
  const ended = new Promise<number | string>((resolve) => {
    worker.once('exit', (code, signal) => {
      workers.end(pid);
      resolve(signal ?? code);
    });
  });
  let why = 'it ended before it was ready';
  const ready = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: unknown) => {
      const told = message as ParentMessage;
      if (told.type === 'mainstay.failed') why = told.message;
      if (told.type === 'mainstay.ready') {
        workers.add(pid, told);
        resolve();
      }
      for (const keep of keepers) void answer(keep(message));
    });
    void ended.then(() => reject(new PlatformError(gatewayReasons.WORKER_FAILED, why)));
  });
  const answer = async (answering: ReturnType<LimitKeeper> | ReturnType<SplitKeeper>): Promise<void> => {
    if (answering === undefined) return;
    const message = answering instanceof Promise ? await answering : answering;
    // It may end between its question and the answer.
    if (worker.isConnected()) worker.send(message, () => undefined);
  };
  // Whoever waits for it is told; nobody else need be.
  ready.catch(() => undefined);
  const kill = (): void => void worker.process.kill('SIGTERM');
  const stop = (): void => {
    const known = workers.get(pid);
    workers.leave(pid);
    if (known === undefined) kill();
    else void beforeStop(known).finally(kill);
  };
  return { pid: worker.process.pid, ready, ended, stop };
}
