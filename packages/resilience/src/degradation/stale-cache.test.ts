import { defineReasons, PlatformError } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import type { CallFacts, Degradation } from '../policy/policy-types.ts';
import { createStaleCache, type StaleCacheOptions } from './stale-cache.ts';

const { DOWN, GONE } = defineReasons({
  DOWN: { code: 'unavailable', executed: 'no', retry: 'now', summary: 'x', operator: 'x' },
  GONE: { code: 'not_found', executed: 'yes', retry: 'never', summary: 'x', operator: 'x' },
});
const down = new PlatformError(DOWN, 'x');

function setUp(options: Partial<StaleCacheOptions> = {}) {
  const clock = new FakeClock(0);
  const degraded: Degradation[] = [];
  const cache = createStaleCache({ name: 'stock', maxAgeMs: 60_000, clock, ...options });
  const onDegraded = (one: Degradation) => void degraded.push(one);
  const good = (value: unknown, about?: CallFacts) => cache.execute(() => value, { onDegraded, ...about });
  const bad = (error: unknown, about?: CallFacts) =>
    cache.execute(() => Promise.reject<unknown>(error), { onDegraded, ...about });
  return { clock, degraded, cache, good, bad };
}

test('a failed call gets the last good answer of its key, with its age, up to 60,000 ms', async () => {
  const { clock, degraded, good, bad } = setUp();
  await good(7, { cacheKey: 'sku' });
  await good(6, { cacheKey: 'sku' });
  await clock.advance(60_000);

  expect(await bad(down, { cacheKey: 'sku' })).toBe(6);
  expect(degraded).toEqual([{ policy: 'stale_cache', name: 'stock', ageMs: 60_000 }]);
  await clock.advance(1);
  await expect(bad(down, { cacheKey: 'sku' })).rejects.toBe(down);
});

test('a call that succeeds gets its own answer, and other keys and calls without one get none', async () => {
  const { degraded, cache, good, bad } = setUp();
  await good(7, { cacheKey: 'a' });

  expect(await good(8, { cacheKey: 'a' })).toBe(8);
  await expect(bad(down, { cacheKey: 'b' })).rejects.toBe(down);
  await expect(bad(down)).rejects.toBe(down);
  await good(1);

  expect(cache.size).toBe(1);
  expect(degraded).toEqual([]);
});

test('an answer of the dependency is passed on, however much is remembered', async () => {
  const { good, bad } = setUp();
  const gone = new PlatformError(GONE, 'x');
  await good(7, { cacheKey: 'a' });

  await expect(bad(gone, { cacheKey: 'a' })).rejects.toBe(gone);
});

test('of 1,000 keys the 10 renewed last are kept', async () => {
  const { cache, good, bad } = setUp({ maxEntries: 10 });
  for (let key = 0; key < 1_000; key++) await good(key, { cacheKey: String(key) });

  expect(cache.size).toBe(10);
  expect(await bad(down, { cacheKey: '990' })).toBe(990);
  await expect(bad(down, { cacheKey: '989' })).rejects.toBe(down);
});

test('what is forgotten is not given', async () => {
  const { cache, good, bad } = setUp();
  await good(1, { cacheKey: 'a' });
  await good(2, { cacheKey: 'b' });

  cache.forget('a');
  await expect(bad(down, { cacheKey: 'a' })).rejects.toBe(down);
  expect(cache.size).toBe(1);
  cache.forget();

  expect(cache.size).toBe(0);
});

test.each([{ maxAgeMs: 0 }, { maxEntries: 0 }])('refuses %j', (options) => {
  expect(() => setUp(options)).toThrow(/stale cache stock \w+ must be .*, got/);
});
