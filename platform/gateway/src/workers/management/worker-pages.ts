import type { ReadyWorkers } from '../ready-workers.ts';
import { readWorkerJson } from './ask-worker.ts';
import {
  anyOf,
  byWorker,
  type JoinPages,
  joinCircuits,
  joinConfig,
  joinLimits,
  joinSplits,
  type WorkerPage,
} from './join-pages.ts';

/** How the pages of workers become one. */
const joins: Readonly<Record<string, JoinPages>> = {
  '/stats': byWorker,
  '/circuits': joinCircuits,
  '/config': joinConfig,
  '/gateway/routes': anyOf,
  '/gateway/keys': anyOf,
  '/gateway/clear-reads': anyOf,
  '/gateway/limits': joinLimits,
  '/gateway/splits': joinSplits,
};

/** The pages of a gateway of workers, by path. */
export function workerPages(workers: ReadyWorkers): Readonly<Record<string, () => Promise<unknown>>> {
  const entries = Object.entries(joins).map(([path, join]) => [path, async () => join(await readAll(workers, path))]);
  return Object.fromEntries(entries) as Readonly<Record<string, () => Promise<unknown>>>;
}

/** A page of each worker that takes requests; one that ends meanwhile is left out. */
export async function readAll(workers: ReadyWorkers, path: string): Promise<readonly WorkerPage[]> {
  const pages = await Promise.all(
    workers.staying().map(async ({ pid, message }) => {
      const content = await readWorkerJson(message.managementUrl, path).catch(() => undefined);
      return content === undefined ? [] : [{ pid, content }];
    }),
  );
  return pages.flat();
}
