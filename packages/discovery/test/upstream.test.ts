import { expect, test } from 'vitest';
import { type PolicyName, parseBalancingPolicy } from '../src/index.ts';
import { endpointsNamed, numbered, Rig } from './upstream-rig.ts';

const slowly = { slowStart: { windowMs: 10_000 } } as const;

test.for(['round_robin', 'weighted_round_robin', 'random', 'least_request', 'least_connections', 'ring_hash'] as const)(
  '%s: an endpoint that is added to four gets a growing share, and a fifth after 10 s',
  async (policy) => {
    const all = endpointsNamed(numbered(5));
    const rig = new Rig({ policy, ...slowly }, all.slice(0, 4));
    rig.counts(100);
    rig.list = all;
    rig.pick();

    const shares: number[] = [];
    for (let second = 0; second <= 10; second += 2) {
      let key = 0;
      shares.push((rig.counts(4_000, () => rig.pick(`k${key++}`)).e4 ?? 0) / 4_000);
      await rig.clock.advance(2_000);
    }

    // Idle, least connections takes turns whatever the warmth of others: warmth weighs calls under way.
    if (policy === 'least_connections') expect(shares[0]).toBeLessThan(0.01);
    else expect(shares[0]).toBeLessThan(0.08);
    expect(shares.at(-1)).toBeGreaterThan(0.14);
    for (let i = 1; i < shares.length; i++) {
      expect(shares[i] as number).toBeGreaterThanOrEqual((shares[i - 1] as number) - 0.03);
    }
  },
);

test('endpoints of the first list have a full share from the first call', () => {
  const rig = new Rig({ policy: 'round_robin', ...slowly }, endpointsNamed(['a', 'b']));

  expect(rig.counts(10)).toEqual({ a: 5, b: 5 });
});

test('an endpoint that comes back from an ejection is spared like a new one', async () => {
  const rig = new Rig({ policy: 'round_robin', ...slowly }, endpointsNamed(numbered(4)));
  rig.pick();
  rig.report('e1', 'failure', 5);
  await rig.clock.advance(30_000);

  const early = rig.counts(400).e1 ?? 0;
  await rig.clock.advance(10_000);

  expect(early).toBeLessThan(40);
  expect(rig.counts(400).e1).toBe(100);
});

test('pick first stays with the first, moves when it is ejected, and goes back', async () => {
  const rig = new Rig({ policy: 'pick_first' }, endpointsNamed(['a', 'b', 'c']));
  expect(rig.counts(20)).toEqual({ a: 20 });

  rig.report('a', 'failure', 5);

  expect(rig.counts(20)).toEqual({ b: 20 });
  await rig.clock.advance(30_000);
  expect(rig.counts(20)).toEqual({ a: 20 });
});

test('least request: a slow endpoint with 50 calls under way gets nothing while others are idle', () => {
  const rig = new Rig({ policy: 'least_request', leastRequest: { choices: 2 } }, endpointsNamed(numbered(3)));
  rig.pick();
  for (let i = 0; i < 50; i++) rig.upstream.begin(rig.list[0] as never);

  expect(rig.counts(300).e0 ?? 0).toBe(0);
});

function inZones(): ReturnType<typeof endpointsNamed> {
  return endpointsNamed(['a1', 'a2', 'a3', 'a4', 'b1', 'b2'], (name) => ({ metadata: { zone: name.charAt(0) } }));
}

test('zones: all calls stay in the own zone while 3 of its 4 are usable, then the rest goes elsewhere in proportion', () => {
  const rig = new Rig({ policy: 'round_robin', zone: { preferLocal: true } }, inZones(), { zone: 'a' });
  const elsewhere = (): number => {
    const { b1 = 0, b2 = 0 } = rig.counts(10_000);
    return (b1 + b2) / 10_000;
  };

  expect(elsewhere()).toBe(0);
  rig.report('a1', 'failure', 5);
  expect(elsewhere()).toBe(0);
  rig.report('a2', 'failure', 5);

  // Half of the zone times 1.4 stays.
  expect(elsewhere()).toBeCloseTo(0.3, 1);
});

test('zones: a zone without endpoints falls back to all others, and so does an unknown own zone', () => {
  for (const zone of ['c', undefined]) {
    const rig = new Rig({ policy: 'round_robin', zone: { preferLocal: true } }, inZones(), { zone });
    expect(Object.keys(rig.counts(60))).toHaveLength(6);
  }
});

test('the best state is used alone, as long as it is half of all', () => {
  const states = { a: 'healthy', b: 'healthy', c: 'suspect', d: 'degraded' } as const;
  const list = endpointsNamed(['a', 'b', 'c', 'd'], (name) => ({ state: states[name as keyof typeof states] }));
  const rig = new Rig({ policy: 'round_robin' }, list);
  expect(rig.counts(10)).toEqual({ a: 5, b: 5 });

  rig.list = list.slice(1);

  expect(Object.keys(rig.counts(9))).toEqual(expect.arrayContaining(['b', 'c', 'd']));
  expect(rig.upstream.stats().isPanic).toBe(true);
});

test('a subset of 3 of 12 is used, and an endpoint that leaves it is replaced', () => {
  const all = endpointsNamed(numbered(12));
  const rig = new Rig({ policy: 'round_robin', subsetSize: 3, slowStart: { windowMs: 0 } }, all, { clientId: 'one' });
  const first = Object.keys(rig.counts(30));
  expect(first).toHaveLength(3);

  rig.list = all.filter(({ id }) => id !== first[0]);

  const second = Object.keys(rig.counts(30));
  expect(second).toHaveLength(3);
  expect(second).toEqual(expect.arrayContaining(first.slice(1)));
});

test('with pool.maxRequests 3 the 4th call under way is refused as UPSTREAM_OVERFLOW, which did not run', () => {
  const rig = new Rig({ policy: 'round_robin', pool: { maxRequests: 3 } }, endpointsNamed(['a', 'b']));
  const ends = [1, 2, 3].map(() => rig.upstream.begin(rig.upstream.pick(rig.list) as never));

  expect(() => rig.pick()).toThrow(
    expect.objectContaining({ reason: 'UPSTREAM_OVERFLOW', code: 'unavailable', executed: 'no' }),
  );
  ends[0]?.('success');

  expect(rig.pick()).not.toBe('none');
  expect(rig.upstream.stats()).toMatchObject({ overflows: 1, inFlight: 2 });
});

test('another policy is in force at the next pick; calls under way, counters and ejections go on', () => {
  const rig = new Rig({ policy: 'round_robin' }, endpointsNamed(numbered(4)));
  const running = rig.upstream.begin(rig.upstream.pick(rig.list) as never);
  rig.report('e1', 'failure', 5);

  rig.upstream.configure(parseBalancingPolicy({ policy: 'pick_first', pool: { maxRequests: 9 } }));

  expect(rig.counts(5)).toEqual({ e0: 5 });
  expect(rig.ejected()).toEqual(['e1']);
  running('success');
  expect(rig.upstream.stats()).toMatchObject({ policy: 'pick_first', inFlight: 0, successes: 1, errors: 5, picks: 6 });
});

test.for<[PolicyName, PolicyName]>([
  ['round_robin', 'ring_hash'],
  ['weighted_round_robin', 'least_request'],
])('going back and forth between %s and %s 100 times loses no call', ([one, other]) => {
  const rig = new Rig({ policy: one }, endpointsNamed(numbered(5)));
  const ends: ((outcome: 'success') => void)[] = [];
  for (let i = 0; i < 200; i++) {
    rig.upstream.configure(parseBalancingPolicy({ policy: i % 2 === 0 ? other : one }));
    rig.list = i % 3 === 0 ? [...rig.list].reverse() : rig.list;
    ends.push(rig.upstream.begin(rig.upstream.pick(rig.list) as never));
  }
  for (const end of ends) end('success');

  expect(rig.upstream.stats()).toMatchObject({ picks: 200, successes: 200, inFlight: 0 });
});

test('statistics: picks of endpoints sum up, latencies are within 10 %, and metrics follow within a second', async () => {
  const written = new Map<string, number>();
  const note = (value: number, labels: Readonly<Record<string, string>> = {}): void => {
    const name = labels.event ?? 'gauge';
    written.set(name, (written.get(name) ?? 0) + value);
  };
  const meter = {
    counter: () => ({ add: note }),
    gauge: () => ({ set: () => undefined }),
    histogram: () => ({ record: () => undefined }),
  };
  const rig = new Rig({ policy: 'round_robin' }, endpointsNamed(['a', 'b']), { meter });
  for (let i = 1; i <= 100; i++) {
    const end = rig.upstream.begin(rig.upstream.pick(rig.list) as never);
    await rig.clock.advance(i <= 98 ? 10 : 200);
    end(i === 100 ? 'failure' : 'success');
  }
  await rig.clock.advance(1_000);

  const stats = rig.upstream.stats();

  expect(stats).toMatchObject({ name: 'orders', picks: 100, successes: 99, errors: 1 });
  expect(stats.byEndpoint.reduce((sum, { picks }) => sum + picks, 0)).toBe(100);
  expect(Math.abs((stats.latencyMs.p50 as number) - 10)).toBeLessThan(1);
  expect(Math.abs((stats.latencyMs.p99 as number) - 200)).toBeLessThan(20);
  expect(Object.fromEntries(written)).toMatchObject({ picks: 100, successes: 99, errors: 1 });
});

test('nothing is picked from an empty list, and an end that is told twice counts once', () => {
  const rig = new Rig({ policy: 'least_request' }, []);
  expect(rig.pick()).toBe('none');

  rig.list = endpointsNamed(['a']);
  const end = rig.upstream.begin(rig.upstream.pick(rig.list) as never);
  end('success');
  end('failure');

  expect(rig.upstream.stats()).toMatchObject({ successes: 1, errors: 0, inFlight: 0 });
});
