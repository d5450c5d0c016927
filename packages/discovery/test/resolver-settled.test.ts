import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createResolver } from '../src/index.ts';
import { createMemoryRegistry, type MemoryRegistry } from './memory-registry.ts';

/** Whether a resolver of a registry is settled after a time, when it need not be before 1,000 ms. */
async function isSettledAfter(waitMs: number, prepare: (registry: MemoryRegistry) => void): Promise<boolean> {
  const registry = createMemoryRegistry();
  prepare(registry);
  const clock = new FakeClock();
  await using resolver = createResolver({ api: registry, clock });
  let isSettled = false;
  void resolver.settled(1_000).then(() => {
    isSettled = true;
  });
  await clock.advance(waitMs);
  return isSettled;
}

function neverTells(registry: MemoryRegistry): void {
  const watch = registry.watch.bind(registry);
  registry.watch = async function* (services, signal) {
    for await (const message of watch(services, signal)) if (!message.synced) yield message;
  };
}

test('a resolver is settled with its first picture, or when the registry is found to be away', async () => {
  expect(await isSettledAfter(0, (registry) => registry.put({ id: 'a', service: 'orders' }))).toBe(true);
  expect(await isSettledAfter(0, (registry) => registry.goAway())).toBe(true);
});

test('a registry that takes calls and tells nothing is waited for until the 1,000 ms are over', async () => {
  expect(await isSettledAfter(999, neverTells)).toBe(false);
  expect(await isSettledAfter(1_000, neverTells)).toBe(true);
});
