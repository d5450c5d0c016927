import { expect, it } from 'vitest';
import { type MemorySample, memoryDrift } from './memory-drift.ts';

const samplesOf = (heapAt: (n: number) => number): MemorySample[] =>
  Array.from({ length: 40 }, (_, n) => ({ requests: (n + 1) * 1_000, heapBytes: heapAt(n), rssBytes: 500 }));

it('a heap that grows in the first fifth and stays is flat, whatever a single look says', () => {
  const drift = memoryDrift(samplesOf((n) => (n < 8 ? 10 * (n + 1) : n === 39 ? 900 : 100)));

  expect(drift).toEqual({ heap: 0, rss: 0 });
});

it('a heap that grows by 1 % a look grows by a quarter over 24 looks', () => {
  expect(memoryDrift(samplesOf((n) => 100 * 1.01 ** n))?.heap).toBeCloseTo(1.01 ** 24 - 1, 1);
});

it('fewer than eight looks after the first fifth say nothing', () => {
  expect(memoryDrift(samplesOf(() => 1).slice(0, 8))).toBeUndefined();
});
