import { measureInProcess } from '../../harness/one-process.ts';
import type { Suite } from '../../harness/suite.ts';

const target = { ours: 'mainstay', above: 'awaited function', metric: 'nanoseconds', atMost: 1_000, unit: 'ns' };

/** What a call costs between two services of one process. */
export const suite: Suite = {
  about: 'unary echo between two services of one process, inside a call with trace and deadline',
  contenders: [
    { name: 'mainstay', kind: 'ours' },
    { name: 'moleculer', kind: 'peer' },
    { name: 'connect-router', kind: 'peer' },
    { name: 'awaited function', kind: 'limit' },
  ],
  metrics: [{ name: 'nanoseconds', title: 'ns/call' }],
  better: 'less',
  beside: ['awaited function', 'moleculer'],
  targets: [target],
  packages: ['moleculer', '@connectrpc/connect'],
  measure: (contender, effort) => measureInProcess(new URL('process.ts', import.meta.url), contender, effort),
};
