import type { ConfigOf } from '@mainstay/config';
import { readEnvironment } from '@mainstay/service';
import type { gatewayConfig } from '../config.ts';
import { gatewayService } from '../service.ts';
import type { WorkersSettings } from './run-workers.ts';
import { countWorkers } from './worker-config.ts';

/** How many workers the configuration wants; undefined when it is wrong, which the start of a single process explains. */
export function readWorkers(env: Readonly<Record<string, string | undefined>>): WorkersSettings | undefined {
  try {
    const { config } = readEnvironment([gatewayService], env).services.get('gateway') ?? {};
    const read = config as ConfigOf<typeof gatewayConfig>;
    return { count: countWorkers(read.workers), maxBuckets: read['limits.max_buckets'] };
  } catch {
    return undefined;
  }
}
