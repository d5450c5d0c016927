import { expect, test } from 'vitest';
import type { BalancerStrategy } from '../balancer.ts';
import { type Endpoint, staticEndpoint } from '../endpoint.ts';
import { createBalancer } from './create-balancer.ts';

function endpoints(...weights: number[]): Endpoint[] {
  return weights.map((weight, i) => ({ ...staticEndpoint(`host:${i}`), id: String(i), weight }));
}

/** Numbers from 0 to below 1 that look random and are the same at every run. */
function seeded(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function countPicks(strategy: BalancerStrategy, list: readonly Endpoint[], picks: number): number[] {
  const balancer = createBalancer(strategy, { random: seeded() });
  const counts = list.map(() => 0);
  for (let i = 0; i < picks; i++) {
    const index = Number(balancer.pick(list)?.id);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

const strategies: BalancerStrategy[] = ['round_robin', 'random', 'weighted_random', 'least_connections'];

test.for(strategies)('%s picks nothing from an empty list and the only one from a list of one', (strategy) => {
  const balancer = createBalancer(strategy);

  expect(balancer.pick([])).toBeUndefined();
  expect(balancer.pick(endpoints(1))?.id).toBe('0');
});

test('round robin: 300 picks over 3 endpoints are 100 each', () => {
  expect(countPicks('round_robin', endpoints(1, 1, 1), 300)).toEqual([100, 100, 100]);
});

test('round robin stays fair when the list grows from 2 to 3 and shrinks again', () => {
  const balancer = createBalancer('round_robin');
  const pick = (list: readonly Endpoint[], picks: number): string[] =>
    Array.from({ length: picks }, () => balancer.pick(list)?.id ?? '');

  expect(pick(endpoints(1, 1), 4)).toEqual(['0', '1', '0', '1']);
  expect(new Set(pick(endpoints(1, 1, 1), 3)).size).toBe(3);
  expect(new Set(pick(endpoints(1, 1), 2)).size).toBe(2);
});

test('random: 30,000 picks over 3 endpoints are within 3 % of 10,000 each', () => {
  for (const count of countPicks('random', endpoints(1, 1, 1), 30_000))
    expect(Math.abs(count - 10_000)).toBeLessThan(300);
});

test('weighted random: weights 1, 2 and 5 get an eighth, two and five', () => {
  const counts = countPicks('weighted_random', endpoints(1, 2, 5), 80_000);

  [10_000, 20_000, 50_000].forEach((expected, i) =>
    expect(Math.abs((counts[i] as number) - expected)).toBeLessThan(expected * 0.05),
  );
});

test('weighted random: an endpoint that fails loses its share down to 5 %, and wins it back', () => {
  const list = endpoints(1, 1);
  const balancer = createBalancer('weighted_random', { random: seeded() });
  const shareOfFirst = (): number => {
    let first = 0;
    for (let i = 0; i < 10_000; i++) if (balancer.pick(list)?.id === '0') first++;
    return first / 10_000;
  };
  const report = (outcome: 'success' | 'failure' | 'canceled', times: number): void => {
    for (let i = 0; i < times; i++) balancer.begin(list[0] as Endpoint)(outcome);
  };

  report('canceled', 100);
  expect(shareOfFirst()).toBeCloseTo(0.5, 1);
  report('failure', 100);
  expect(shareOfFirst()).toBeCloseTo(0.05 / 1.05, 1);
  report('success', 100);
  expect(shareOfFirst()).toBeCloseTo(0.5, 1);
});

test('least connections: the one with the fewest calls in flight is next, equals take turns', () => {
  const list = endpoints(1, 1, 1);
  const balancer = createBalancer('least_connections');
  const begin = (): { id: string; end: () => void } => {
    const endpoint = balancer.pick(list) as Endpoint;
    const end = balancer.begin(endpoint);
    return { id: endpoint.id, end: () => end('success') };
  };

  const running = [begin(), begin(), begin()];
  expect(new Set(running.map(({ id }) => id)).size).toBe(3);
  running[1]?.end();
  running[1]?.end();
  expect(begin().id).toBe(running[1]?.id);
  expect(balancer.pick(list)).toBeDefined();
});

test('a strategy that does not exist is random', () => {
  const counts = countPicks('nonsense' as BalancerStrategy, endpoints(1, 1), 10_000);

  for (const count of counts) expect(Math.abs(count - 5_000)).toBeLessThan(300);
});
