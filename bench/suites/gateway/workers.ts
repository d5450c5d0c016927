import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import type { Subject } from '../../harness/child.ts';
import type { GatewayPlaces } from './gateway-places.ts';

const count = 2;

/** Our gateway in two processes that share a port, with connections handed to each in turn as `gateway.workers` does. */
export async function startWorkers(places: GatewayPlaces): Promise<Subject> {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('worker-main.ts', import.meta.url)),
    args: [JSON.stringify(places)],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const workers = Array.from({ length: count }, () => cluster.fork());
  await Promise.all(workers.map(answerOf));
  return {
    // The process that hands out connections has its part, too.
    async cpuMicroseconds() {
      const { user, system } = process.cpuUsage();
      const used = await Promise.all(workers.map(askCpu));
      return used.reduce((sum, one) => sum + one, user + system);
    },
  };
}

function askCpu(worker: Worker): Promise<number> {
  const answer = answerOf(worker);
  worker.send('cpu');
  return answer;
}

function answerOf(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('exit', (code) => reject(new Error(`a worker ended: ${code}`)));
  });
}
