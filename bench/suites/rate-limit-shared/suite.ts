import { openChild } from '../../harness/child.ts';
import type { Suite } from '../../harness/suite.ts';

/** What it costs to ask a Redis whether a client may go on; needs redis-server on the path. */
export const suite: Suite = {
  about: 'rate-limit check over one Redis, 64 requests in flight, for 1,000 clients',
  contenders: [
    { name: 'mainstay', kind: 'ours' },
    { name: 'mainstay, leased ahead', kind: 'ours' },
    { name: 'rate-limiter-flexible', kind: 'peer' },
    { name: 'INCR', kind: 'limit' },
  ],
  metrics: [
    { name: 'cpuMicroseconds', title: 'CPU µs/check' },
    { name: 'redisMicroseconds', title: 'CPU µs/check, Redis' },
    { name: 'commands', title: 'requests to Redis/check' },
    { name: 'p50Ms', title: 'p50 ms' },
  ],
  better: 'less',
  beside: ['rate-limiter-flexible', 'INCR'],
  targets: [
    { ours: 'mainstay', in: '64 in flight, 1,000 clients', metric: 'commands', atMost: 1, unit: 'requests to Redis' },
  ],
  packages: ['rate-limiter-flexible'],
  async measure({ name }, effort) {
    await using child = await openChild(new URL('process.ts', import.meta.url), name);
    return await child.call('measure', effort);
  },
};
