import { createHealth, type Health } from '@mainstay/health';
import { type Clock, PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../../errors.ts';
import type { ReadyWorkers } from '../ready-workers.ts';
import { readAll } from './worker-pages.ts';

/** Health of a gateway of workers: ready while one of them is; its page shows the page of each. */
export function createWorkerHealth(workers: ReadyWorkers, clock: Clock): Health {
  const health = createHealth({ service: 'gateway', clock });
  let pages: Readonly<Record<string, unknown>> = {};
  health.addReadinessCheck(
    'workers',
    async () => {
      const read = await readAll(workers, '/health');
      pages = Object.fromEntries(read.map(({ pid, content }) => [pid, content]));
      if (read.some(({ content }) => (content as { readonly status: string }).status === 'up')) return;
      throw new PlatformError(gatewayReasons.WORKER_FAILED, `none of ${read.length} workers is ready`);
    },
    { cacheMs: 0, timeoutMs: 4_500 },
  );
  health.addDetail('workers', () => pages);
  return health;
}
