import type { ConfigOf } from '@mainstay/config';
import { readEnvironment } from '@mainstay/service';
import type { gatewayConfig } from '../config.ts';
import { gatewayService } from '../service.ts';
import { countWorkers } from '../worker-config.ts';
import type { WorkersSettings } from './run-workers.ts';

/** How many workers the configuration wants, and where they are managed; undefined when it is wrong, which the start of a single process explains. */
export function readWorkers(env: Readonly<Record<string, string | undefined>>): WorkersSettings | undefined {
  try {
    const { services, host } = readEnvironment([gatewayService], env);
    const read = services.get('gateway')?.config as ConfigOf<typeof gatewayConfig>;
    return {
      count: countWorkers(read.workers),
      maxBuckets: read['limits.max_buckets'],
      host: host.host,
      managementPort: host.management_port,
    };
  } catch {
    return undefined;
  }
}
