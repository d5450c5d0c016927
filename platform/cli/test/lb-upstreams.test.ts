import { createClient } from '@connectrpc/connect';
import { EchoService } from '@mainstay/contracts/mainstay/echo/v1/echo';
import { createBalancer, staticEndpoint } from '@mainstay/discovery';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { createRpcTransport, type RpcTransport, type RpcTransportOptions } from '@mainstay/rpc';
import { FakeClock } from '@mainstay/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { benchIdentity, keyVariable, randomKey } from '../src/lb-bench/bench-identity.ts';
import { type BenchProcess, entries, startBenchProcess } from '../src/lb-bench/bench-process.ts';

// Checks 6, 7, 8 and 10 of load balancing, by their numbers: instances are processes, calls go over both engines.

const moody = new URL('./fixtures/echo-with-moods.ts', import.meta.url);
const shared = { [keyVariable]: randomKey() };

type Mood = { readonly delayMs?: number; readonly fails?: boolean };

async function startInstances(moods: readonly Mood[], engine: string): Promise<BenchProcess[]> {
  const env = { ...shared, MAINSTAY_RPC_ENGINE: engine };
  return Promise.all(moods.map((mood) => startBenchProcess(moody, mood, env)));
}

function transportTo(instances: readonly BenchProcess[], options: Partial<RpcTransportOptions>): RpcTransport {
  const endpoints = instances.map(({ address }) => staticEndpoint(address));
  const common = { identity: benchIdentity(shared), logger: silentLogger, meter: silentMeter };
  return createRpcTransport({ ...common, service: 'echo', resolve: () => endpoints, ...options });
}

describe.each(['node', 'wire'] as const)('over the engine %s', { timeout: 60_000 }, (engine) => {
  const opened: BenchProcess[] = [];
  let five: readonly BenchProcess[] = [];
  const start = async (moods: readonly Mood[]): Promise<BenchProcess[]> => {
    const started = await startInstances(moods, engine);
    opened.push(...started);
    return started;
  };
  beforeAll(async () => {
    five = await start(Array.from({ length: 5 }, () => ({})));
  }, 60_000);
  afterAll(() => Promise.all(opened.map((instance) => instance[Symbol.asyncDispose]())));

  test('6: least request gives an instance that takes 100 ms a smaller share of 200 calls than round robin does', async () => {
    const slow = await start([{ delayMs: 100 }]);
    const instances = [...slow, ...five.slice(0, 4)];
    const shareOfSlow = async (policy: 'least_request' | 'round_robin'): Promise<number> => {
      await using transport = transportTo(instances, { engine, policy: { policy, leastRequest: { choices: 5 } } });
      const { echo } = createClient(EchoService, transport);
      let left = 200;
      const caller = async (): Promise<void> => {
        while (left-- > 0) await echo({});
      };
      await Promise.all(Array.from({ length: 8 }, caller));
      const { byEndpoint } = transport.upstream?.stats() ?? { byEndpoint: [] };
      return byEndpoint.find(({ address }) => address === slow[0]?.address)?.successes ?? 0;
    };

    expect(await shareOfSlow('round_robin')).toBe(40);
    expect(await shareOfSlow('least_request')).toBeLessThan(40);
  });

  test('7: an instance that fails is ejected after 5 errors, called no more for 30 s, then let in again', async () => {
    const instances = [...(await start([{ fails: true }])), ...five.slice(0, 3)];
    const clock = new FakeClock();
    const balancer = createBalancer({ policy: 'round_robin', slowStart: { windowMs: 0 } }, { name: 'echo', clock });
    await using transport = transportTo(instances, { engine, balancer, maxAttempts: 1 });
    const { echo } = createClient(EchoService, transport);
    const failures = async (calls: number): Promise<number> => {
      let failed = 0;
      for (let i = 0; i < calls; i++) await echo({}).catch(() => failed++);
      return failed;
    };

    expect(await failures(20)).toBe(5);
    expect(balancer.stats().ejected).toBe(1);
    expect(await failures(30)).toBe(0);
    await clock.advance(29_999);
    expect(await failures(3)).toBe(0);
    await clock.advance(1);
    expect(await failures(4)).toBe(1);
    expect(balancer.stats().ejected).toBe(0);
  });

  test('7: when all of 4 fail, 2 are ejected and never more', async () => {
    const instances = await start(Array.from({ length: 4 }, () => ({ fails: true })));
    const clock = new FakeClock();
    const balancer = createBalancer({ policy: 'round_robin' }, { name: 'echo', clock });
    await using transport = transportTo(instances, { engine, balancer, maxAttempts: 1 });
    const { echo } = createClient(EchoService, transport);
    const seen: number[] = [];

    for (let i = 0; i < 60; i++) {
      await echo({}).catch(() => undefined);
      seen.push(balancer.stats().ejected);
    }

    expect(Math.max(...seen)).toBe(2);
    expect(seen.at(-1)).toBe(2);
  });

  test('8: with 10 calls a connection 50 calls open 5, and no socket carries more than 10', async () => {
    await using proxy = await startBenchProcess(entries.l4, { targets: [five[0]?.address] }, shared);
    await using transport = transportTo([proxy], {
      engine,
      policy: { policy: 'round_robin', pool: { maxRequestsPerConnection: 10 } },
    });
    const { echo } = createClient(EchoService, transport);

    for (let i = 1; i <= 50; i++) {
      await echo({});
      expect((await proxy.report()).connections).toBe(Math.ceil(i / 10));
    }
  });

  test('8: a call above 4 under way, or to a second connection of at most 1, is refused as UPSTREAM_OVERFLOW and counted', async () => {
    const [slow, other] = await start([{ delayMs: 300 }, {}]);
    const refusals = async (pool: object): Promise<[number, number]> => {
      await using transport = transportTo([slow as BenchProcess, other as BenchProcess], {
        engine,
        maxAttempts: 1,
        policy: { policy: 'round_robin', pool },
      });
      const { echo } = createClient(EchoService, transport);
      const results = await Promise.allSettled(Array.from({ length: 6 }, () => echo({})));
      const refused = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
      for (const { reason } of refused)
        expect(reason).toMatchObject({ code: 'unavailable', reason: 'UPSTREAM_OVERFLOW', executed: 'no' });
      return [refused.length, transport.upstream?.stats().overflows ?? 0];
    };

    expect(await refusals({ maxRequests: 4 })).toEqual([2, 2]);
    expect(await refusals({ maxConnections: 1 })).toEqual([3, 3]);
  });

  test('10: 10 streams are spread 2 each over 5 instances; one that stops ends its own with SERVER_DRAINING, the others go on', async () => {
    const instances = [...(await start([{}])), ...five.slice(0, 4)];
    await using transport = transportTo(instances, { engine, policy: { policy: 'round_robin' } });
    const { follow } = createClient(EchoService, transport);
    const ending = new AbortController();
    const opens = Array.from({ length: 10 }, async () => {
      const stream = follow({}, { signal: ending.signal })[Symbol.asyncIterator]();
      const first = await stream.next();
      return { stream, server: first.value?.server?.id ?? 'none' };
    });
    const streams = await Promise.all(opens);
    const byServer = Map.groupBy(streams, ({ server }) => server);
    expect([...byServer.values()].map((own) => own.length)).toEqual([2, 2, 2, 2, 2]);

    const stopped = streams[0]?.server as string;
    await instances[0]?.kill('SIGTERM');
    const outcome = async ({ stream, server }: (typeof streams)[number]): Promise<string> => {
      try {
        // What was sent before the end may still lie there to be read.
        for (let i = 0; i < 2 || server === stopped; i++) await stream.next();
        return 'goes on';
      } catch (error) {
        return (error as { reason: string }).reason;
      }
    };
    const after = await Promise.all(streams.map(async (one) => [one.server === stopped, await outcome(one)]));
    ending.abort();

    expect(after.filter(([isStopped]) => isStopped)).toEqual([
      [true, 'SERVER_DRAINING'],
      [true, 'SERVER_DRAINING'],
    ]);
    expect(new Set(after.filter(([isStopped]) => !isStopped).map(([, what]) => what))).toEqual(new Set(['goes on']));
  });
});
