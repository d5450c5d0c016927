import {
  type Balancer,
  type BalancerStrategy,
  createBalancer,
  type Endpoint,
  staticEndpoint,
} from '@mainstay/discovery';
import type { Subject } from '../../harness/child.ts';
import { type Measured, measuring } from '../../harness/one-process.ts';

const endpointsOf = (count: number): readonly Endpoint[] =>
  Array.from({ length: count }, (_, n) => ({
    ...staticEndpoint(`10.0.${n >> 8}.${n & 255}:9000`),
    weight: 1 + (n % 3),
  }));

/** Only `ring_hash` looks at them. */
const keys = Array.from({ length: 256 }, (_, n) => ({ key: `user-${n}` }));

const arrayIndex: Balancer = (() => {
  let next = 0;
  return {
    pick: (endpoints) => endpoints[next++ % endpoints.length],
    begin: () => () => undefined,
  };
})();

/** A process with one balancer; a call of the second kind has begun and ended before the next pick. */
export async function start(name: string): Promise<Subject> {
  const cases: Record<string, Measured> = {};
  for (const [title, count] of [
    ['10', 10],
    ['1,000', 1_000],
  ] as const) {
    const endpoints = endpointsOf(count);
    const make = (): Balancer => (name === 'array index' ? arrayIndex : createBalancer(name as BalancerStrategy));
    const [picking, calling] = [make(), make()];
    cases[`pick of ${title}`] = { isSync: true, call: (n) => picking.pick(endpoints, keys[n & 255]) };
    cases[`pick, begin and end of ${title}`] = {
      isSync: true,
      call: (n) => {
        const endpoint = calling.pick(endpoints, keys[n & 255]) as Endpoint;
        calling.begin(endpoint)('success');
        return endpoint;
      },
    };
  }
  return measuring(cases);
}
