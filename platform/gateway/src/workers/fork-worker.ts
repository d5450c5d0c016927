import cluster from 'node:cluster';
import { PlatformError } from '@mainstay/kernel';
import type { ParentMessage } from '@mainstay/service';
import { gatewayReasons } from '../errors.ts';
import type { LimitKeeper } from './keep-limits.ts';
import type { Spokesman } from './spokesman.ts';
import type { WorkerProcess } from './worker-pool.ts';

/**
 * Starts a process that runs the same program as a worker of this one: it listens on the same port, and this process hands
 * it every connection in its turn, so none is lost while workers come and go.
 */
export function forkWorker(keeper: LimitKeeper, spokesman: Spokesman): WorkerProcess {
  const worker = cluster.fork();
  const { pid } = worker.process;
  const ended = new Promise<number | string>((resolve) => {
    worker.once('exit', (code, signal) => resolve(signal ?? code));
  });
  let why = 'it ended before it was ready';
  const ready = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: unknown) => {
      const told = message as ParentMessage;
      if (told.type === 'mainstay.failed') why = told.message;
      if (told.type === 'mainstay.ready') {
        spokesman.onReady(told);
        void ended.then(() => spokesman.onEnd(told));
        resolve();
      }
      const answer = keeper(message);
      // It may end between its question and the answer.
      if (answer !== undefined && worker.isConnected()) worker.send(answer, () => undefined);
    });
    void ended.then(() => reject(new PlatformError(gatewayReasons.WORKER_FAILED, why)));
  });
  // Whoever waits for it is told; nobody else need be.
  ready.catch(() => undefined);
  return { pid, ready, ended, stop: () => void worker.process.kill('SIGTERM') };
}
