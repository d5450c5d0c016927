import fc from 'fast-check';
import { expect, test } from 'vitest';
import { warmthAt } from '../src/upstream/slow-start.ts';
import { chooseSubset } from '../src/upstream/subset.ts';
import { endpointsNamed, numbered, Rig, seeded } from './upstream-rig.ts';

const count = fc.integer({ min: 1, max: 40 });

test('round robin: counts of n endpoints after any number of picks differ by at most 1', () => {
  fc.assert(
    fc.property(count, fc.nat(500), (size, picks) => {
      const rig = new Rig({ policy: 'round_robin' }, endpointsNamed(numbered(size)));
      const counts = rig.counts(picks);
      const all = rig.list.map(({ id }) => counts[id] ?? 0);
      expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(1);
    }),
  );
});

test('weighted round robin: after any number of picks each has its share by weight, to within one turn, the heaviest of many a little more', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 }),
      fc.nat(1_000),
      (weights, picks) => {
        const names = numbered(weights.length);
        const list = endpointsNamed(names, (name) => ({ weight: weights[Number(name.slice(1))] as number }));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const counts = new Rig({ policy: 'weighted_round_robin' }, list).counts(picks);
        weights.forEach((weight, i) => {
          expect(Math.abs((counts[`e${i}`] ?? 0) - (picks * weight) / total)).toBeLessThanOrEqual(
            1.001 + (weight / total) * (weights.length / 2),
          );
        });
      },
    ),
  );
});

test('weighted round robin: weights 5, 1 and 1 are spread, not picked in a row', () => {
  const list = endpointsNamed(['a', 'b', 'c'], (name) => ({ weight: name === 'a' ? 5 : 1 }));
  const rig = new Rig({ policy: 'weighted_round_robin' }, list);

  const order = Array.from({ length: 70 }, () => rig.pick());

  expect(order.filter((id) => id === 'a')).toHaveLength(50);
  expect(order.join('')).not.toMatch(/a{7}/);
});

test('least request: with two choices no endpoint ever holds more than 3 calls above the fewest, over any history', () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.boolean(), { minLength: 50, maxLength: 400 }), (seed, history) => {
      const rig = new Rig({ policy: 'least_request', leastRequest: { choices: 2 } }, endpointsNamed(numbered(4)), {
        random: seeded(seed),
      });
      const running: (() => void)[] = [];
      for (const isStart of history) {
        if (isStart || running.length === 0) {
          const endpoint = rig.upstream.pick(rig.list);
          if (endpoint !== undefined) {
            const end = rig.upstream.begin(endpoint);
            running.push(() => end('success'));
          }
        } else running.shift()?.();
      }
      const held = rig.upstream.stats().byEndpoint.map(({ inFlight }) => inFlight);
      expect(held.reduce((sum, n) => sum + n, 0)).toBe(running.length);
      // Against chance alone: 4 endpoints and up to 400 calls at random differ by dozens.
      expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(Math.max(6, running.length * 0.2));
    }),
  );
});

test('ring hash: no endpoint ever has more than 1.25 times its share of the calls under way, rounded up', () => {
  fc.assert(
    fc.property(count, fc.array(fc.nat(9), { maxLength: 200 }), (size, keys) => {
      const rig = new Rig({ policy: 'ring_hash', ringHash: { pointsPerEndpoint: 32 } }, endpointsNamed(numbered(size)));
      let total = 0;
      for (const key of keys) {
        const endpoint = rig.upstream.pick(rig.list, { key: `k${key}` });
        if (endpoint === undefined) return;
        rig.upstream.begin(endpoint);
        total++;
        const held = rig.upstream.stats().byEndpoint.find(({ id }) => id === endpoint.id)?.inFlight ?? 0;
        expect(held).toBeLessThanOrEqual(Math.ceil((1.25 * total) / size));
      }
    }),
    { numRuns: 50 },
  );
});

test('ring hash: a key stays where it is when another endpoint leaves, and comes back with its own', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 20 }), fc.nat(19), (size, gone) => {
      const all = endpointsNamed(numbered(size));
      const rig = new Rig({ policy: 'ring_hash', slowStart: { windowMs: 0 } }, all);
      const keys = numbered(100);
      const before = keys.map((key) => rig.pick(key));
      const left = `e${gone % size}`;

      rig.list = all.filter(({ id }) => id !== left);
      const during = keys.map((key) => rig.pick(key));
      rig.list = [...all];

      before.forEach((id, i) => void (id !== left && expect(during[i]).toBe(id)));
      expect(keys.map((key) => rig.pick(key))).toEqual(before);
    }),
    { numRuns: 50 },
  );
});

test('ring hash: 10,000 keys over 10 endpoints are spread to within half of an even share', () => {
  const rig = new Rig({ policy: 'ring_hash' }, endpointsNamed(numbered(10)));
  let key = 0;

  const counts = rig.counts(10_000, () => rig.pick(`user-${key++}`));

  for (const share of Object.values(counts)) expect(Math.abs(share - 1_000)).toBeLessThan(500);
  expect(Object.keys(counts)).toHaveLength(10);
});

test('every policy: a try that comes after others goes to an untried endpoint while there is one', () => {
  const policies = [
    'least_connections',
    'least_request',
    'pick_first',
    'random',
    'ring_hash',
    'round_robin',
    'weighted_random',
    'weighted_round_robin',
  ] as const;
  fc.assert(
    fc.property(fc.constantFrom(...policies), fc.integer({ min: 1, max: 8 }), fc.integer(), (policy, size, seed) => {
      const rig = new Rig({ policy }, endpointsNamed(numbered(size)), { random: seeded(seed) });
      const tried: string[] = [];
      for (let i = 0; i < size; i++) tried.push(rig.pick('key', tried));
      expect(new Set(tried).size).toBe(size);
      expect(rig.list.map(({ id }) => id)).toContain(rig.pick('key', tried));
    }),
  );
});

test('slow start: the share never falls with age, begins at its minimum and ends at 1', () => {
  const policy = fc.record({
    windowMs: fc.integer({ min: 1, max: 100_000 }),
    minWeightRatio: fc.double({ min: 0.01, max: 1, noNaN: true }),
    aggression: fc.double({ min: 1, max: 10, noNaN: true }),
  });
  fc.assert(
    fc.property(policy, fc.nat(200_000), fc.nat(200_000), (settings, a, b) => {
      const [young, old] = [Math.min(a, b), Math.max(a, b)];
      expect(warmthAt(young, settings)).toBeLessThanOrEqual(warmthAt(old, settings));
      expect(warmthAt(0, settings)).toBe(settings.minWeightRatio);
      expect(warmthAt(settings.windowMs, settings)).toBe(1);
    }),
  );
});

test('subsets: of the size asked for, the same at every call, and one that comes displaces at most one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.string(),
      (size, subset, client) => {
        const all = endpointsNamed(numbered(size));
        const chosen = chooseSubset(all, subset, client);
        expect(chosen).toHaveLength(Math.min(size, subset));
        expect(chooseSubset([...all], subset, client)).toEqual(chosen);

        const more = new Set(chooseSubset(endpointsNamed(numbered(size + 1)), subset, client).map(({ id }) => id));
        expect(chosen.filter(({ id }) => !more.has(id)).length).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test('subsets: 200 clients with 20 of 100 endpoints load every endpoint, none more than twice the mean of 40', () => {
  const all = endpointsNamed(numbered(100));
  const uses: Record<string, number> = {};
  for (let client = 0; client < 200; client++) {
    for (const { id } of chooseSubset(all, 20, `client-${client}`)) uses[id] = (uses[id] ?? 0) + 1;
  }

  expect(Object.keys(uses)).toHaveLength(100);
  expect(Math.max(...Object.values(uses))).toBeLessThan(80);
});
