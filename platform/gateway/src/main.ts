import cluster from 'node:cluster';
import { hostProcess } from '@mainstay/service';
import { gatewayService } from './service.ts';
import { readWorkers } from './workers/read-workers.ts';
import { runWorkers } from './workers/run-workers.ts';

const workers = cluster.isPrimary ? readWorkers(process.env) : undefined;
if (workers !== undefined && workers.count > 1) await runWorkers(workers);
else {
  // It asks for other workers, and there are none to replace; without a listener it would end the gateway.
  process.on('SIGUSR2', () => undefined);
  await hostProcess([gatewayService]);
}
