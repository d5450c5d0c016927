import type { ManagementAction } from '@mainstay/health';
import { isPlatformError, type Logger, PlatformError, toPlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../../errors.ts';
import type { ReadyWorker, ReadyWorkers } from '../ready-workers.ts';
import { actAtWorker } from './ask-worker.ts';
import { joinConfig } from './join-pages.ts';

/** An act on a circuit, as operators send it. */
interface ForceCircuit {
  readonly service: string;
  readonly circuit: string;
  readonly force: string | null;
}

/**
 * What operators may do at a gateway of workers, by path.
 *
 * Configuration and circuits are of each worker: all do it, and a worker that comes later is told which circuits are forced. Keys and
 * splits are kept outside of workers: one writes, and the others look at once.
 */
export function workerActions(workers: ReadyWorkers, logger: Logger): Readonly<Record<string, ManagementAction>> {
  const forced = new Map<string, ForceCircuit>();
  const tell = async (worker: ReadyWorker): Promise<void> => {
    try {
      for (const act of forced.values()) await at(worker, '/circuits', act);
    } catch (error) {
      const { pid } = worker;
      logger.error('a new worker was not told which circuits are forced', { pid, error: toPlatformError(error) });
    }
  };
  workers.onReady((worker) => void tell(worker));
  const atAll = (path: string, body: unknown): Promise<readonly object[]> =>
    Promise.all(required(workers).map((worker) => at(worker, path, body)));
  // A worker may end while it is asked; what all of them do may be done twice.
  const all = (path: string, body: unknown): Promise<readonly object[]> =>
    atAll(path, body).catch((error) => {
      if (!isPlatformError(error, gatewayReasons.WORKER_UNREACHABLE)) throw error;
      logger.warn('a worker did not answer, all are asked once more', { path, error });
      return atAll(path, body);
    });
  const one =
    (path: string): ManagementAction =>
    async (body) => {
      const [first, ...others] = required(workers);
      const answer = await at(first, path, body);
      await Promise.all(others.map((worker) => at(worker, path, { act: 'refresh' })));
      return answer;
    };
  return {
    async '/config'(body) {
      const answers = await all('/config', body);
      return joinConfig(answers.map((content) => ({ pid: '', content }))) as object;
    },
    async '/circuits'(body) {
      const [answer] = await all('/circuits', body);
      const act = body as ForceCircuit;
      const name = `${act.service}\n${act.circuit}`;
      if (act.force === null) forced.delete(name);
      else forced.set(name, act);
      return answer as object;
    },
    '/gateway/keys': one('/gateway/keys'),
    '/gateway/splits': one('/gateway/splits'),
  };
}

function at({ message }: ReadyWorker, path: string, body: unknown): Promise<object> {
  return actAtWorker(message.managementUrl, path, body);
}

/** @throws {@link PlatformError} `WORKER_FAILED` when no worker is ready. */
function required(workers: ReadyWorkers): readonly [ReadyWorker, ...ReadyWorker[]] {
  const [first, ...others] = workers.all();
  if (first === undefined) throw new PlatformError(gatewayReasons.WORKER_FAILED, 'no worker is ready');
  return [first, ...others];
}
