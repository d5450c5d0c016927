import { openChild } from '../../harness/child.ts';
import type { Suite } from '../../harness/suite.ts';

const busy = '1,000 busy keys of 1,000,000';

/** What it costs to ask whether a client may go on. */
export const suite: Suite = {
  about:
    'rate-limit check in the memory of one process, for one client, for a thousand busy ones among a million, and for a million in turn',
  contenders: [
    { name: 'mainstay', kind: 'ours' },
    { name: 'rate-limiter-flexible', kind: 'peer' },
    { name: 'counter in a Map', kind: 'limit' },
  ],
  metrics: [
    { name: 'nanoseconds', title: 'ns/check' },
    { name: 'bytesPerKey', title: 'bytes/key' },
  ],
  better: 'less',
  beside: ['rate-limiter-flexible', 'counter in a Map'],
  targets: [
    { ours: 'mainstay', in: busy, metric: 'nanoseconds', atMost: 300, unit: 'ns' },
    { ours: 'mainstay', in: busy, metric: 'bytesPerKey', atMost: 120, unit: 'bytes' },
  ],
  packages: ['rate-limiter-flexible'],
  async measure({ name }, effort) {
    await using child = await openChild(new URL('process.ts', import.meta.url), name);
    return await child.call('measure', effort);
  },
};
