import { InstanceState } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createResolver, type Resolver, type ResolverOptions } from '../src/index.ts';
import { createMemoryRegistry, type MemoryRegistry } from './memory-registry.ts';

interface Setting extends AsyncDisposable {
  readonly registry: MemoryRegistry;
  readonly clock: FakeClock;
  readonly resolver: Resolver;
}

async function setUp(
  options: Partial<ResolverOptions> = {},
  prepare?: (registry: MemoryRegistry) => void,
): Promise<Setting> {
  const registry = createMemoryRegistry();
  prepare?.(registry);
  const clock = new FakeClock();
  const resolver = createResolver({ api: registry, clock, random: () => 1, ...options });
  resolver.start();
  await clock.advance(0);
  return { registry, clock, resolver, [Symbol.asyncDispose]: () => resolver[Symbol.asyncDispose]() };
}

const ids = (resolver: Resolver, service = 'orders', filter?: Record<string, string>): string[] =>
  resolver.resolve(service, filter).map(({ id }) => id);

test('instances are known at once when they come, change and go', async () => {
  await using setting = await setUp({}, (registry) => registry.put({ id: 'a', service: 'orders' }));
  const { registry, clock, resolver } = setting;

  expect(ids(resolver)).toEqual(['a']);
  registry.put({ id: 'b', service: 'orders' });
  await clock.advance(0);
  expect(ids(resolver)).toEqual(['a', 'b']);
  registry.put({ id: 'a', service: 'orders', state: InstanceState.DRAINING });
  await clock.advance(0);
  expect(ids(resolver)).toEqual(['b']);
  registry.remove('orders', 'b');
  await clock.advance(0);
  expect(ids(resolver)).toEqual([]);
  expect(resolver.status()).toMatchObject({ connected: true, staleForMs: 0 });
});

test('an unknown service has no endpoints and raises nothing', async () => {
  await using setting = await setUp();

  expect(ids(setting.resolver, 'nothing')).toEqual([]);
  expect(setting.resolver.status().counts).toMatchObject({ resolves: 1, misses: 1 });
});

test('degraded instances are used when no healthy one is left, suspect ones last', async () => {
  await using setting = await setUp({}, (registry) => {
    registry.put({ id: 'h', service: 'orders' });
    registry.put({ id: 'd', service: 'orders', state: InstanceState.DEGRADED });
    registry.put({ id: 's', service: 'orders', state: InstanceState.SUSPECT });
  });
  const { registry, clock, resolver } = setting;

  for (const [expected, gone] of [
    ['h', 'h'],
    ['d', 'd'],
    ['s', 's'],
  ] as const) {
    expect(ids(resolver)).toEqual([expected]);
    registry.remove('orders', gone);
    await clock.advance(0);
  }
  expect(ids(resolver)).toEqual([]);
});

test('a filter on version and zone returns only exact matches', async () => {
  await using setting = await setUp({}, (registry) => {
    registry.put({ id: 'a1', service: 'orders', metadata: { version: '1.0', zone: 'a' } });
    registry.put({ id: 'a2', service: 'orders', metadata: { version: '2.0', zone: 'a' } });
    registry.put({ id: 'b2', service: 'orders', metadata: { version: '2.0', zone: 'b' } });
  });

  expect(ids(setting.resolver, 'orders', { version: '2.0' })).toEqual(['a2', 'b2']);
  expect(ids(setting.resolver, 'orders', { version: '2.0', zone: 'b' })).toEqual(['b2']);
  expect(ids(setting.resolver, 'orders', { version: '3.0' })).toEqual([]);
});

test('a filter gets the same array until something changes: an instance, or one that is put aside', async () => {
  await using setting = await setUp({}, (registry) => {
    registry.put({ id: 'a', service: 'orders', metadata: { version: '1' } });
    registry.put({ id: 'b', service: 'orders', metadata: { version: '2' } });
    registry.put({ id: 'c', service: 'orders', metadata: { version: '2' } });
  });
  const { registry, clock, resolver } = setting;
  const second = { version: '2' };
  const first = resolver.resolve('orders', second);

  expect(resolver.resolve('orders', second)).toBe(first);
  expect(ids(resolver)).toEqual(['a', 'b', 'c']);
  resolver.reportFailure('orders', 'b');
  expect(ids(resolver, 'orders', second)).toEqual(['c']);
  registry.remove('orders', 'c');
  await clock.advance(0);
  expect(ids(resolver, 'orders', second)).toEqual(['b']);
});

test('while the registry is away for 5 min the last list is served and its age told; then all comes back by itself', async () => {
  await using setting = await setUp({}, (registry) => registry.put({ id: 'a', service: 'orders' }));
  const { registry, clock, resolver } = setting;

  registry.goAway();
  await clock.advance(300_000);

  expect(ids(resolver)).toEqual(['a']);
  expect(resolver.status()).toMatchObject({
    connected: false,
    staleForMs: 300_000,
    lastError: '[unavailable] the registry is away',
  });
  const tries = registry.calls.filter((name) => name === 'watch').length;
  expect(tries).toBeGreaterThan(60);
  expect(tries).toBeLessThan(80);

  registry.forget();
  registry.put({ id: 'b', service: 'orders' });
  registry.put({ id: 'p', service: 'products' });
  registry.comeBack();
  await clock.advance(5_000);

  expect([ids(resolver), ids(resolver, 'products')]).toEqual([['b'], ['p']]);
  expect(resolver.status()).toMatchObject({
    connected: true,
    staleForMs: 0,
    lastError: undefined,
    counts: { lost: 1 },
  });
});

test('services that are not in the new picture are dropped when it is complete, not before', async () => {
  await using setting = await setUp({}, (registry) => {
    registry.put({ id: 'a', service: 'orders' });
    registry.put({ id: 'z', service: 'zebras' });
  });
  const { registry, clock, resolver } = setting;
  const changes: string[][] = [];
  resolver.onChange('orders', (endpoints) => changes.push(endpoints.map(({ id }) => id)));

  registry.goAway();
  registry.forget();
  registry.comeBack();
  await clock.advance(5_000);

  expect(ids(resolver)).toEqual([]);
  expect(changes).toEqual([[]]);
});

test('a registry that restarts without a word of an instance gives it back when that registers again', async () => {
  await using setting = await setUp({}, (registry) => registry.put({ id: 'a', service: 'orders' }));
  const { registry, clock, resolver } = setting;
  const seen: string[][] = [];
  resolver.onChange('orders', (endpoints) => seen.push(endpoints.map(({ id }) => id)));

  registry.put({ id: 'a', service: 'orders' });
  await clock.advance(0);
  expect(seen).toEqual([]);
  registry.put({ id: 'a', service: 'orders', state: InstanceState.SUSPECT });
  await clock.advance(0);
  expect(seen).toEqual([['a']]);
});

test('a stream that says nothing for 75 s is given up and opened again', async () => {
  await using setting = await setUp({}, (registry) => registry.put({ id: 'a', service: 'orders' }));
  const { registry, clock, resolver } = setting;

  registry.fallSilent();
  registry.put({ id: 'b', service: 'orders' });
  await clock.advance(74_999);
  expect(ids(resolver)).toEqual(['a']);
  await clock.advance(200);

  expect(ids(resolver)).toEqual(['a', 'b']);
  expect(registry.openStreams).toBe(1);
});

test('a failing endpoint is put aside for 2 s while there is another, and its service is looked up once', async () => {
  await using setting = await setUp({}, (registry) => {
    registry.put({ id: 'a', service: 'orders' });
    registry.put({ id: 'b', service: 'orders' });
  });
  const { registry, clock, resolver } = setting;

  for (let i = 0; i < 50; i++) resolver.reportFailure('orders', 'a');
  await clock.advance(0);

  expect(ids(resolver)).toEqual(['b']);
  expect(registry.calls.filter((name) => name === 'lookup')).toHaveLength(1);
  expect(resolver.status().services).toEqual({ orders: { endpoints: 2, aside: 1 } });
  resolver.reportFailure('orders', 'b');
  expect(ids(resolver)).toEqual(['a', 'b']);
  await clock.advance(2_000);
  expect(resolver.status().services).toEqual({ orders: { endpoints: 2, aside: 0 } });
});

test('an answer to a look-up that is older than the watch does not undo it', async () => {
  const registry = createMemoryRegistry();
  registry.put({ id: 'a', service: 'orders' });
  const clock = new FakeClock();
  const release = Promise.withResolvers<void>();
  const api = {
    ...registry,
    async lookup(...args: Parameters<typeof registry.lookup>) {
      const answer = await registry.lookup(...args);
      await release.promise;
      return answer;
    },
  };
  await using resolver = createResolver({ api, clock });
  resolver.start();
  await clock.advance(0);

  resolver.reportFailure('orders', 'a');
  await clock.advance(0);
  registry.put({ id: 'b', service: 'orders' });
  await clock.advance(0);
  release.resolve();
  await clock.advance(2_000);

  expect(ids(resolver)).toEqual(['a', 'b']);
});

test('static addresses serve until the registry is known, and when it is away and knew none', async () => {
  const staticEndpoints = { orders: ['backup:1', 'backup:2'] };
  await using setting = await setUp({ staticEndpoints }, (registry) => registry.goAway());
  const { registry, clock, resolver } = setting;

  expect(ids(resolver)).toEqual(['static:backup:1', 'static:backup:2']);
  expect(resolver.status()).toMatchObject({ connected: false, staleForMs: undefined });
  registry.comeBack();
  registry.put({ id: 'a', service: 'orders' });
  await clock.advance(5_000);
  expect(ids(resolver)).toEqual(['a']);
  registry.remove('orders', 'a');
  await clock.advance(0);
  expect(ids(resolver)).toEqual([]);
});

test('ready waits for the first endpoint, and says NO_INSTANCE after its limit of 1,000 ms', async () => {
  await using setting = await setUp();
  const { registry, clock, resolver } = setting;

  const ready = resolver.ready('orders', 1_000);
  await clock.advance(500);
  registry.put({ id: 'a', service: 'orders' });
  await clock.advance(0);
  expect((await ready).map(({ id }) => id)).toEqual(['a']);
  expect(await resolver.ready('orders', 0)).toHaveLength(1);

  const never = resolver.ready('products', 1_000);
  const refused = expect(never).rejects.toMatchObject({ reason: 'NO_INSTANCE', code: 'unavailable', executed: 'no' });
  await clock.advance(1_000);
  await refused;
});

test('a resolver that watches two services looks up a third when it is asked for', async () => {
  await using setting = await setUp({ services: ['orders', 'products'] }, (registry) => {
    registry.put({ id: 'o', service: 'orders' });
    registry.put({ id: 'u', service: 'users' });
  });
  const { clock, resolver } = setting;

  expect([ids(resolver), ids(resolver, 'users')]).toEqual([['o'], []]);
  await clock.advance(0);
  expect(ids(resolver, 'users')).toEqual(['u']);
});

test('the first use opens the watch, disposal closes it, and nothing is left to wake up', async () => {
  const registry = createMemoryRegistry();
  const clock = new FakeClock();
  const resolver = createResolver({ api: registry, clock });
  expect(registry.calls).toEqual([]);

  resolver.resolve('orders');
  resolver.start();
  await clock.advance(0);
  expect(registry.openStreams).toBe(1);
  await resolver[Symbol.asyncDispose]();
  await resolver[Symbol.asyncDispose]();

  expect([registry.openStreams, clock.pendingCount]).toEqual([0, 0]);
  expect(registry.calls).toEqual(['watch']);
});
