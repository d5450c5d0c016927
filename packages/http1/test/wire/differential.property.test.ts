import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Compared, compareGood, compareHostile } from './compare.ts';

async function total(
  runs: number,
  compare: (seed: number) => Promise<Compared>,
): Promise<Compared & { stopped: number }> {
  const sum = { wire: 0, node: 0, stopped: 0, isRefused: false };
  const run = async (seed: number): Promise<void> => {
    const { wire, node, isRefused } = await compare(seed);
    sum.wire += wire;
    sum.node += node;
    sum.stopped += Number(isRefused);
  };
  await fc.assert(fc.asyncProperty(fc.nat(2 ** 31 - 1), run), { numRuns: runs });
  return sum;
}

test('400 streams of good requests, cut anywhere, are seen alike by the wire and by the strict llhttp of Node', async () => {
  const { wire, node } = await total(400, compareGood);
  expect(wire).toBe(node);
  expect(wire).toBeGreaterThan(500);
});

test('of 1,000 hostile streams the wire sees, wherever they are cut, what llhttp sees or less, and never anything else', async () => {
  const { wire, node, stopped } = await total(1_000, compareHostile);
  expect(wire).toBeGreaterThan(500);
  expect(wire).toBeLessThanOrEqual(node);
  expect(stopped).toBeGreaterThan(300);
});
