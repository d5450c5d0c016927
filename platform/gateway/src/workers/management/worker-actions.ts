import type { ManagementAction } from '@mainstay/health';
import { type Clock, isPlatformError, type Logger, PlatformError, toPlatformError } from '@mainstay/kernel';
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

/** The sockets of a killed process close a moment before its end is known. */
const endKnownWithinMs = 1_000;

/**
 * What operators may do at a gateway of workers, by path.
 *
 * Configuration and circuits are of each worker that takes requests: all do it, and a worker that comes later is told which circuits
 * are forced. Keys and splits are kept outside of workers: one writes, and the others look at once. A worker that ends while it
 * is asked need not do what is of each.
 */
export function workerActions(
  workers: ReadyWorkers,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Readonly<Record<string, ManagementAction>> {
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
  const unlessItLeaves = async (worker: ReadyWorker, path: string, body: unknown): Promise<readonly object[]> => {
    try {
      return [await at(worker, path, body)];
    } catch (error) {
      if (!isPlatformError(error, gatewayReasons.WORKER_UNREACHABLE)) throw error;
      // The sleep is cut short when it leaves.
      const left = clock.sleep(endKnownWithinMs, worker.leaving).then(
        () => false,
        () => true,
      );
      if (await left) return [];
      throw error;
    }
  };
  const all = async (
    path: string,
    body: unknown,
    asked = workers.staying(),
  ): Promise<readonly [object, ...object[]]> => {
    const answers = await Promise.all(asked.map((worker) => unlessItLeaves(worker, path, body)));
    return required(answers.flat());
  };
  const one =
    (path: string): ManagementAction =>
    async (body) => {
      const [first, ...others] = required(workers.staying());
      const answer = await at(first, path, body);
      await Promise.all(others.map((worker) => unlessItLeaves(worker, path, { act: 'refresh' })));
      return answer;
    };
  return {
    async '/config'(body) {
      const answers = await all('/config', body);
      return joinConfig(answers.map((content) => ({ pid: '', content }))) as object;
    },
    async '/circuits'(body) {
      const asked = workers.staying();
      const [answer] = await all('/circuits', body, asked);
      const act = body as ForceCircuit;
      const name = `${act.service}\n${act.circuit}`;
      if (act.force === null) forced.delete(name);
      else forced.set(name, act);
      const came = workers.staying().filter((worker) => !asked.includes(worker));
      await Promise.all(came.map((worker) => unlessItLeaves(worker, '/circuits', act)));
      return answer;
    },
    '/gateway/keys': one('/gateway/keys'),
    '/gateway/splits': one('/gateway/splits'),
  };
}

function at({ message }: ReadyWorker, path: string, body: unknown): Promise<object> {
  return actAtWorker(message.managementUrl, path, body);
}

/** @throws {@link PlatformError} `WORKER_FAILED` when there is none: no worker is ready. */
function required<T>(all: readonly T[]): readonly [T, ...T[]] {
  const [first, ...others] = all;
  if (first === undefined) throw new PlatformError(gatewayReasons.WORKER_FAILED, 'no worker is ready');
  return [first, ...others];
}
