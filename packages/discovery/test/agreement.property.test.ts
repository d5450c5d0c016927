import { InstanceState } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { FakeClock } from '@mainstay/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRegistration, createResolver } from '../src/index.ts';
import { createMemoryRegistry, type MemoryRegistry } from './memory-registry.ts';

type Step = {
  readonly what: string;
  readonly run: (registry: MemoryRegistry, clock: FakeClock) => void | Promise<void>;
};

const services = ['orders', 'products', 'users'];
const states = [InstanceState.HEALTHY, InstanceState.DEGRADED, InstanceState.SUSPECT, InstanceState.DRAINING];

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...services), fc.integer({ min: 0, max: 3 }), fc.constantFrom(...states))
    .map(([service, id, state]) => ({
      what: `put ${service}/${id} ${state}`,
      run: (registry: MemoryRegistry) => registry.put({ id: String(id), service, state }),
    })),
  fc.tuple(fc.constantFrom(...services), fc.integer({ min: 0, max: 3 })).map(([service, id]) => ({
    what: `remove ${service}/${id}`,
    run: (registry: MemoryRegistry) => {
      if (registry.instance(service, String(id)) !== undefined) registry.remove(service, String(id));
    },
  })),
  fc.constant({ what: 'go away', run: (registry: MemoryRegistry) => registry.goAway() }),
  fc.constant({ what: 'come back', run: (registry: MemoryRegistry) => registry.comeBack() }),
  fc.constant({
    what: 'restart empty',
    run: (registry: MemoryRegistry) => {
      registry.goAway();
      registry.forget();
      registry.comeBack();
    },
  }),
  fc.integer({ min: 0, max: 10_000 }).map((ms) => ({
    what: `wait ${ms}`,
    run: (_: MemoryRegistry, clock: FakeClock) => clock.advance(ms),
  })),
);

const histories = fc.array(steps, { maxLength: 25 });

test('whatever happened, 6 s after the registry is back the resolver knows what the registry knows', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const registry = createMemoryRegistry();
      const clock = new FakeClock();
      await using resolver = createResolver({ api: registry, clock });
      resolver.start();
      for (const step of history) await step.run(registry, clock);
      registry.comeBack();
      await clock.advance(6_000);

      for (const service of services) {
        const known = registry.instances().filter((entry) => entry.service === service);
        const best = [InstanceState.HEALTHY, InstanceState.DEGRADED, InstanceState.SUSPECT]
          .map((state) => known.filter((entry) => entry.state === state).map(({ id }) => id))
          .find((ids) => ids.length > 0);
        expect(resolver.resolve(service).map(({ id }) => id)).toEqual(best ?? []);
      }
      expect(resolver.status()).toMatchObject({ connected: true, staleForMs: 0 });
    }),
    { numRuns: 100 },
  );
});

test('whatever happened, 8 s after the registry is back a running instance is in it once, and a stopped one is not', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const registry = createMemoryRegistry(2_000);
      const clock = new FakeClock();
      const registration = createRegistration({
        api: registry,
        clock,
        instance: { id: 'me', service: 'me', address: 'host:1' },
        report: () => ({ state: 'healthy', load: 0 }),
      });
      registration.start();
      for (const step of history) await step.run(registry, clock);
      registry.comeBack();
      await clock.advance(8_000);
      expect(registry.instances().filter(({ service }) => service === 'me')).toHaveLength(1);

      await registration.stop();
      await clock.advance(60_000);
      expect(registry.instances().filter(({ service }) => service === 'me')).toHaveLength(0);
    }),
    { numRuns: 100 },
  );
});
