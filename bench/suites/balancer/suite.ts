import { measureInProcess } from '../../harness/one-process.ts';
import type { Suite } from '../../harness/suite.ts';

const strategies = [
  'pick_first',
  'round_robin',
  'weighted_round_robin',
  'random',
  'weighted_random',
  'least_request',
  'least_connections',
  'ring_hash',
] as const;

/** What choosing an endpoint costs. */
export const suite: Suite = {
  about: 'pick of an endpoint out of 10 and 1,000, alone and with the begin and end of a call',
  contenders: [
    ...strategies.map((name) => ({ name, kind: 'ours' as const })),
    { name: 'array index', kind: 'limit' as const },
  ],
  metrics: [{ name: 'nanoseconds', title: 'ns/pick' }],
  better: 'less',
  beside: ['array index'],
  targets: strategies.flatMap((ours) => [
    { ours, in: 'pick of 10', metric: 'nanoseconds', atMost: 150, unit: 'ns' },
    { ours, in: 'pick of 1,000', metric: 'nanoseconds', atMost: 300, unit: 'ns' },
  ]),
  packages: [],
  measure: (contender, effort) => measureInProcess(new URL('process.ts', import.meta.url), contender, effort),
};
