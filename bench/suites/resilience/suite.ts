import { measureInProcess } from '../../harness/one-process.ts';
import type { Suite } from '../../harness/suite.ts';
import { policies } from './policies.ts';

const kindOf = (name: string): 'ours' | 'peer' | 'limit' => {
  if (name.startsWith('mainstay')) return 'ours';
  return limits.has(name) ? 'limit' : 'peer';
};
const floor = 'a promise, the time, the async context';
const limits: ReadonlySet<string> = new Set(['awaited function', floor]);
const all = 'mainstay retry, breaker, timeout, bulkhead';

/** What it costs to protect a call. */
export const suite: Suite = {
  about: 'a no-op async function behind breakers, retries, time limits and bulkheads, sequential awaits',
  contenders: Object.keys(policies).map((name) => ({ name, kind: kindOf(name) })),
  metrics: [{ name: 'nanoseconds', title: 'ns/call' }],
  better: 'less',
  beside: ['awaited function', floor, 'cockatiel retry, breaker, timeout, bulkhead', 'opossum'],
  targets: [
    {
      ours: all,
      other: 'cockatiel retry, breaker, timeout, bulkhead',
      metric: 'nanoseconds',
      better: 'less',
      atLeast: 10,
    },
    { ours: all, other: 'opossum', metric: 'nanoseconds', better: 'less', atLeast: 2 },
  ],
  packages: ['cockatiel', 'opossum'],
  measure: (contender, effort) => measureInProcess(new URL('process.ts', import.meta.url), contender, effort),
};
