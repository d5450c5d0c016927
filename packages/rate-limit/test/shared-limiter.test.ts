import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '@mainstay/kernel';
import { hasRedis, type RedisProcess, startRedis, whySkipped } from '@mainstay/rate-limit/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Decision,
  type Limit,
  type SharedLimiter,
  type SharedLimiterOptions,
  startSharedLimiter,
} from '../src/index.ts';
import { openRedis, type RedisConnection } from '../src/redis/index.ts';

describe.skipIf(!hasRedis)(`limits that replicas share${whySkipped}`, () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis[Symbol.asyncDispose]());

  let fleets = 0;
  /** Some replicas with connections of their own; each fleet has keys of its own. */
  async function startReplicas(count: number, options: Partial<SharedLimiterOptions> = {}) {
    const prefix = `fleet-${fleets++}:`;
    const parts = new AsyncDisposableStack();
    const replicas: SharedLimiter[] = [];
    for (let i = 0; i < count; i++) {
      const connection: RedisConnection = parts.use(openRedis({ url: redis.url, onError: () => undefined }));
      replicas.push(parts.use(await startSharedLimiter({ redis: connection, prefix, retryMs: 20, ...options })));
    }
    return { replicas, [Symbol.asyncDispose]: () => parts.disposeAsync() };
  }

  const one = (limit: Limit, cost = 1) => [{ name: 'client', key: 'a', limit, cost }];

  async function admittedOf(calls: readonly (Decision | Promise<Decision>)[]): Promise<number> {
    return (await Promise.all(calls.map(async (decision) => decision))).filter(({ allowed }) => allowed).length;
  }

  test('300 calls at once on each of 3 replicas get a burst of 200 together, to the call', async () => {
    await using fleet = await startReplicas(3);
    const limit = { limitPerMinute: 0.001, burst: 200 };

    const calls = Array.from({ length: 900 }, (_, n) => fleet.replicas[n % 3]!.take(one(limit)));

    expect(await admittedOf(calls)).toBe(200);
  });

  test('all claims are admitted or none: the bucket that had room keeps its token', async () => {
    await using fleet = await startReplicas(1);
    const [limiter] = fleet.replicas;
    const claims = [
      { name: 'client', key: 'client', limit: { limitPerMinute: 0.001, burst: 5 }, cost: 1 },
      { name: 'route', key: 'route', limit: { limitPerMinute: 0.001, burst: 2 }, cost: 2 },
    ];

    await limiter!.take(claims);
    const refused = await limiter!.take(claims);

    expect(refused).toMatchObject({ allowed: false, by: { name: 'route', remaining: 0 } });
    expect(refused.standings[0]).toMatchObject({ name: 'client', remaining: 4 });
    limiter!.giveBack(claims);
    expect((await limiter!.take(claims)).allowed).toBe(true);
  });

  test('the clock of a replica does not matter: 15 minutes ahead it admits and says the same', async () => {
    const ahead = { ...systemClock, nowMs: () => Date.now() + 900_000, monotonicMs: () => performance.now() + 900_000 };
    await using right = await startReplicas(1);
    await using wrong = await startReplicas(1, { clock: ahead, prefix: `fleet-${fleets - 1}:` });
    const limit = { limitPerMinute: 60, burst: 10 };

    const first = await right.replicas[0]!.take(one(limit, 10));
    const second = await wrong.replicas[0]!.take(one(limit));

    expect([first.allowed, second.allowed, second.retryAfterSeconds]).toEqual([true, false, 1]);
    expect(Math.abs(second.by.resetAtMs - first.by.resetAtMs)).toBeLessThan(1_000);
    expect(Math.abs(first.by.resetAtMs - Date.now() - 10_000)).toBeLessThan(1_000);
  });

  test('a changed limit counts from the next call, and what was used stays used', async () => {
    await using fleet = await startReplicas(1);
    const [limiter] = fleet.replicas;
    await limiter!.take(one({ limitPerMinute: 0.001, burst: 20 }, 20));

    expect(await limiter!.take(one({ limitPerMinute: 0.001, burst: 200 }))).toMatchObject({
      allowed: true,
      by: { remaining: 179, limitPerMinute: 0.001 },
    });
    expect((await limiter!.take(one({ limitPerMinute: 0.001, burst: 10 }))).allowed).toBe(false);
  });

  test('a full bucket leaves nothing in Redis', async () => {
    await using fleet = await startReplicas(1);
    await using connection = openRedis({ url: redis.url, onError: () => undefined });
    await pause(50);
    const limit = { limitPerMinute: 60_000, burst: 5 };

    await fleet.replicas[0]!.take(one(limit, 5));
    const ttl = await connection.run(
      { text: 'return redis.call("PTTL", KEYS[1])', sha1: '0'.repeat(40) },
      [`fleet-${fleets - 1}:a`],
      [],
    );

    expect(Number(ttl)).toBeGreaterThan(0);
    expect(Number(ttl)).toBeLessThanOrEqual(1_005);
  });

  test('with leases 3 replicas admit at most the burst and what was leased, at least the burst less what others hold', async () => {
    await using fleet = await startReplicas(3, { leases: { aheadMs: 100 } });
    const limit = { limitPerMinute: 60_000, burst: 1_200 };
    // 100 tokens a lease: what 100 ms bring, and a twelfth of the burst.
    const startedAtMs = performance.now();
    let admitted = 0;
    while (performance.now() - startedAtMs < 600) {
      const calls = fleet.replicas.flatMap((replica) => Array.from({ length: 5 }, () => replica.take(one(limit))));
      admitted += await admittedOf(calls);
    }
    const broughtCount = performance.now() - startedAtMs;

    expect(admitted).toBeLessThanOrEqual(1_200 + broughtCount + 300);
    expect(admitted).toBeGreaterThanOrEqual(1_200 + broughtCount - 300);
    expect(fleet.replicas.map((replica) => replica.stats().leases)).toEqual([1, 1, 1]);
  });

  test('Redis hangs: the limit divided by 3 replicas decides, nobody waits twice, and it is used again when it goes on', async () => {
    const changes: string[] = [];
    await using fleet = await startReplicas(3, {
      timeoutMs: 50,
      minReplicas: 3,
      onChange: (state) => changes.push(state),
    });
    const limit = { limitPerMinute: 0.003, burst: 30 };
    redis.hang();

    const first = await Promise.all(fleet.replicas.map(async (replica) => replica.take(one(limit))));
    const calls = Array.from({ length: 300 }, (_, n) => fleet.replicas[n % 3]!.take(one(limit)));

    expect(first.map(({ allowed }) => allowed)).toEqual([true, true, true]);
    expect(calls.filter((decision) => decision instanceof Promise)).toEqual([]);
    expect(await admittedOf(calls)).toBe(27);
    redis.goOn();
    await Promise.all(fleet.replicas.map((replica) => until(replica, 'reachable')));
    expect(changes.filter((state) => state === 'lost').length).toBeGreaterThanOrEqual(3);
    expect(await fleet.replicas[0]!.take(one(limit))).toMatchObject({ by: { burst: 30 } });
  });

  test.each([0, 1, 2])(
    'a process that is held up for 300 ms %i turns after it asked reads the answer that came meanwhile, and Redis is not lost',
    async (turns) => {
      const changes: string[] = [];
      await using fleet = await startReplicas(1, { timeoutMs: 100, onChange: (state) => changes.push(state) });
      const limit = { limitPerMinute: 0.001, burst: 3 };

      const asked = Array.from({ length: 5 }, () => fleet.replicas[0]!.take(one(limit)));
      for (let turn = 0; turn <= turns; turn++) await new Promise(setImmediate);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);

      expect(await admittedOf(asked)).toBe(3);
      expect(changes).toEqual(['reachable']);
    },
  );

  test('Redis is killed and comes back empty: no call fails, and at most a burst each side of it is admitted', async () => {
    await using fleet = await startReplicas(3, { minReplicas: 3 });
    const limit = { limitPerMinute: 0.003, burst: 30 };
    const ask = async (calls: number): Promise<number> =>
      admittedOf(Array.from({ length: calls }, (_, n) => fleet.replicas[n % 3]!.take(one(limit))));

    const before = await ask(60);
    await redis.kill();
    await Promise.all(fleet.replicas.map((replica) => until(replica, 'lost')));
    const without = await ask(60);
    await redis.restart();
    await Promise.all(fleet.replicas.map((replica) => until(replica, 'reachable')));
    const after = await ask(60);

    expect([before, without, after]).toEqual([30, 30, 30]);
  });
});

async function until(limiter: SharedLimiter, state: 'reachable' | 'lost'): Promise<void> {
  const look = [{ name: 'look', key: 'look', limit: { limitPerMinute: 1, burst: 1 }, cost: 0 }];
  // A first question shows whether there is a connection at all, a second whether the answer to it changed something.
  for (;;) {
    await limiter.take(look);
    await limiter.take(look);
    if (limiter.stats().state === state) return;
    await pause(10);
  }
}
