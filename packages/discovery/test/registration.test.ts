import { InstanceState } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createRegistration, type Registration, type RegistryApi } from '../src/index.ts';
import { createMemoryRegistry, type MemoryRegistry } from './memory-registry.ts';

interface Setting extends AsyncDisposable {
  readonly registry: MemoryRegistry;
  readonly clock: FakeClock;
  readonly registration: Registration;
  load: number;
}

function setUp(wrap: (registry: MemoryRegistry) => RegistryApi = (registry) => registry): Setting {
  const registry = createMemoryRegistry(2_000);
  const clock = new FakeClock();
  const setting = { load: 0 };
  const registration = createRegistration({
    api: wrap(registry),
    clock,
    instance: { service: 'orders', address: 'host:1', metadata: { version: '1' } },
    report: () => ({ state: 'healthy', load: setting.load }),
    random: () => 0,
  });
  return Object.assign(setting, {
    registry,
    clock,
    registration,
    async [Symbol.asyncDispose]() {
      await registration.stop();
    },
  });
}

test('registers once and beats every 2 s with state and load', async () => {
  await using setting = setUp();
  const { registry, clock, registration } = setting;

  registration.start();
  registration.start();
  await clock.advance(0);
  const { instanceId } = registration.status();
  expect(registry.instance('orders', instanceId)).toMatchObject({ address: 'host:1', metadata: { version: '1' } });
  setting.load = 7;
  await clock.advance(6_000);

  expect(registry.calls).toEqual(['register', 'heartbeat', 'heartbeat', 'heartbeat']);
  expect(registry.instance('orders', instanceId)?.load).toBe(7);
  expect(registration.status()).toMatchObject({ state: 'registered', failures: 0, lastAnswerAgoMs: 0 });
});

/** Whether a registration is settled after the time that passed so far. */
async function isSettled(settled: Promise<void>, clock: FakeClock): Promise<boolean> {
  let isDone = false;
  void settled.then(() => (isDone = true));
  await clock.advance(0);
  return isDone;
}

test('is settled when the registry has taken the instance in, and not while the registry thinks for 900 ms', async () => {
  const answer = Promise.withResolvers<void>();
  await using setting = setUp((registry) => ({
    ...registry,
    async register(request, signal) {
      await answer.promise;
      return registry.register(request, signal);
    },
  }));
  const { clock, registration } = setting;
  const settled = registration.settled(1_000);

  registration.start();
  await clock.advance(900);
  expect(await isSettled(settled, clock)).toBe(false);
  answer.resolve();

  expect(await isSettled(settled, clock)).toBe(true);
  expect(registration.status().state).toBe('registered');
});

test('is settled after 1 s without a start, at the first failure of a registry that is away, and by a stop', async () => {
  await using away = setUp(() => ({
    ...createMemoryRegistry(2_000),
    register: () => Promise.reject(new Error('away')),
  }));
  const settled = away.registration.settled(1_000);
  await away.clock.advance(999);
  expect(await isSettled(settled, away.clock)).toBe(false);
  await away.clock.advance(1);
  expect(await isSettled(settled, away.clock)).toBe(true);

  const atFirstFailure = away.registration.settled(60_000);
  away.registration.start();
  expect(await isSettled(atFirstFailure, away.clock)).toBe(true);
  expect(away.registration.status()).toMatchObject({ state: 'registering', failures: 1 });

  await using stopped = setUp();
  const atStop = stopped.registration.settled(60_000);
  await stopped.registration.stop();
  expect(await isSettled(atStop, stopped.clock)).toBe(true);
});

test('beats come up to a tenth early, at random', async () => {
  const registry = createMemoryRegistry(2_000);
  const clock = new FakeClock();
  await using registration = createRegistration({
    api: registry,
    clock,
    instance: { service: 'orders', address: 'host:1' },
    report: () => ({ state: 'healthy', load: 0 }),
    random: () => 0.999,
  });
  registration.start();
  await clock.advance(1_799);
  expect(registry.calls).toEqual(['register']);
  await clock.advance(2);
  expect(registry.calls).toEqual(['register', 'heartbeat']);
});

test('a registry that is away at the start is asked with growing pauses until it is there', async () => {
  await using setting = setUp();
  const { registry, clock, registration } = setting;
  registry.goAway();

  registration.start();
  await clock.advance(60_000);
  expect(registration.status()).toMatchObject({
    state: 'registering',
    lastError: '[unavailable] the registry is away',
  });
  expect(registration.status().failures).toBeGreaterThan(20);
  expect(registration.status().failures).toBeLessThan(45);
  registry.comeBack();
  await clock.advance(5_000);

  expect(registration.status()).toMatchObject({ state: 'registered', failures: 0, lastError: undefined });
});

test('a registry that lost its memory has the instance back within one beat and 5 s, under the same id', async () => {
  await using setting = setUp();
  const { registry, clock, registration } = setting;
  registration.start();
  await clock.advance(3_000);

  registry.goAway();
  registry.forget();
  await clock.advance(10_000);
  registry.comeBack();
  await clock.advance(7_000);

  expect(registry.instances()).toMatchObject([{ id: registration.status().instanceId, state: InstanceState.HEALTHY }]);
  expect(registration.status().state).toBe('registered');
});

test('a change of state is told at once and overrules the report until it is taken back', async () => {
  await using setting = setUp();
  const { registry, clock, registration } = setting;
  registration.start();
  await clock.advance(100);
  const state = (): InstanceState | undefined => registry.instance('orders', registration.status().instanceId)?.state;

  registration.setState('draining');
  await clock.advance(0);
  expect(state()).toBe(InstanceState.DRAINING);
  await clock.advance(4_000);
  expect(state()).toBe(InstanceState.DRAINING);
  registration.setState(undefined);
  await clock.advance(0);
  expect(state()).toBe(InstanceState.HEALTHY);
});

test('a change of state during a beat is told in a beat right after it', async () => {
  const beats: (InstanceState | undefined)[] = [];
  const release = Promise.withResolvers<void>();
  await using setting = setUp((registry) => ({
    ...registry,
    async heartbeat(request, signal) {
      beats.push(request.state);
      if (beats.length === 1) await release.promise;
      return registry.heartbeat(request, signal);
    },
  }));
  const { clock, registration } = setting;
  registration.start();
  await clock.advance(2_000);

  registration.setState('unhealthy');
  await clock.advance(0);
  expect(beats).toEqual([InstanceState.HEALTHY]);
  release.resolve();
  await clock.advance(0);

  expect(beats).toEqual([InstanceState.HEALTHY, InstanceState.UNHEALTHY]);
});

test('stop takes the instance out, once, however often it is called, and nothing beats afterwards', async () => {
  await using setting = setUp();
  const { registry, clock, registration } = setting;
  registration.start();
  await clock.advance(0);

  await Promise.all([registration.stop(), registration.stop()]);
  await registration.stop();
  registration.start();
  registration.setState('healthy');
  await clock.advance(60_000);

  expect(registry.instances()).toEqual([]);
  expect(registry.calls).toEqual(['register', 'deregister']);
  expect(registration.status().state).toBe('stopped');
  expect(clock.pendingCount).toBe(0);
});

test('stop before start asks nothing of the registry', async () => {
  await using setting = setUp();

  await setting.registration.stop();

  expect(setting.registry.calls).toEqual([]);
});

test('stop while the registry is away ends without an error', async () => {
  await using setting = setUp();
  const { registry, clock, registration } = setting;
  registration.start();
  await clock.advance(0);
  registry.goAway();

  await registration.stop();

  expect(registry.calls).toEqual(['register', 'deregister']);
});

test('a registry that never answers costs 3 s per try, also at the stop', async () => {
  const silence = (): Promise<never> => new Promise(() => undefined);
  await using setting = setUp((registry) => ({
    ...registry,
    register: silence,
    deregister: silence,
  }));
  const { clock, registration } = setting;
  registration.start();

  await clock.advance(3_000);
  expect(registration.status()).toMatchObject({ state: 'registering', failures: 1 });
  const stopped = registration.stop();
  await clock.advance(3_000);
  await stopped;
  expect(registration.status().state).toBe('stopped');
});

test('a register that was cut off by the stop is undone all the same', async () => {
  const started = Promise.withResolvers<void>();
  await using setting = setUp((registry) => ({
    ...registry,
    async register(request, signal) {
      await registry.register(request, signal);
      started.resolve();
      return new Promise(() => undefined);
    },
  }));
  const { registry, registration } = setting;
  registration.start();
  await started.promise;
  expect(registry.instances()).toHaveLength(1);

  await registration.stop();

  expect(registry.instances()).toEqual([]);
});
