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

test('an age is told in whole milliseconds, although the clock has fractions', async () => {
  const { clock, degraded, cache, good, bad } = setUp();
  await good(7, { cacheKey: 'sku' });
  await clock.advance(1_000.4);

  await bad(down, { cacheKey: 'sku' });
  expect(degraded).toEqual([{ policy: 'stale_cache', name: 'stock', ageMs: 1_000 }]);
  expect(cache.recent('sku', 2_000)).toEqual({ value: 7, ageMs: 1_000 });
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

test('of answers of 10 bytes 5 fit into 50 bytes, the oldest goes first, and one of 51 is not kept', async () => {
  const { cache, good, bad } = setUp({ weigh: (value) => String(value).length, maxWeight: 50 });
  for (let n = 0; n < 9; n++) await good(`0123456789`.slice(0, 9) + n, { cacheKey: String(n) });
  await good('x'.repeat(51), { cacheKey: 'large' });

  expect([cache.size, cache.weight]).toEqual([5, 50]);
  expect(await bad(down, { cacheKey: '4' })).toBe('0123456784');
  await expect(bad(down, { cacheKey: '3' })).rejects.toBe(down);
  await expect(bad(down, { cacheKey: 'large' })).rejects.toBe(down);
  cache.forget('4');
  expect(cache.weight).toBe(40);
});

test('an answer younger than 1,000 ms is not renewed, so that it need not be weighed again', async () => {
  let weighed = 0;
  const weigh = (): number => ++weighed;
  const { clock, good, bad } = setUp({ weigh, maxWeight: 100, renewAfterMs: 1_000 });
  await good(1, { cacheKey: 'a' });
  await clock.advance(999);
  await good(2, { cacheKey: 'a' });

  expect([weighed, await bad(down, { cacheKey: 'a' })]).toEqual([1, 1]);
  await clock.advance(1);
  await good(3, { cacheKey: 'a' });
  expect([weighed, await bad(down, { cacheKey: 'a' })]).toEqual([2, 3]);
});

test('a call may ask for an answer of at most 10,000 ms, and look at one without a call', async () => {
  const { clock, cache, good, bad } = setUp();
  await good(7, { cacheKey: 'a' });
  await clock.advance(10_000);

  expect(await bad(down, { cacheKey: 'a', maxStaleMs: 10_000 })).toBe(7);
  expect([cache.recent('a', 10_001), cache.recent('a', 10_000), cache.recent('b', 1)]).toEqual([
    { value: 7, ageMs: 10_000 },
    undefined,
    undefined,
  ]);
  await clock.advance(1);
  await expect(bad(down, { cacheKey: 'a', maxStaleMs: 10_000 })).rejects.toBe(down);
  expect(await bad(down, { cacheKey: 'a' })).toBe(7);
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

test.each([{ maxAgeMs: 0 }, { maxEntries: 0 }, { maxWeight: 0 }])('refuses %j', (options) => {
  expect(() => setUp(options)).toThrow(/stale cache stock \w+ must be .*, got/);
});
