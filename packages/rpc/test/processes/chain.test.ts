import { createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDirectTransport } from '../../src/index.ts';
import { silent } from '../connect-both.ts';
import { KindsService } from '../kinds-service.ts';
import { type Hop, startHop } from './start-hop.ts';

// Three services, each a process: the first calls the second, the second the third.

const stack = new AsyncDisposableStack();
const hops: Hop[] = [];

beforeAll(async () => {
  for (let n = 0; n < 3; n++) hops.unshift(stack.use(await startHop(hops[0]?.address)));
});
afterAll(() => stack.disposeAsync());

const openClient = () => {
  const transport = createDirectTransport({ ...silent, address: hops[0]?.address as string });
  return { ...createClient(KindsService, transport), [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose]() };
};
const seenBy = () => Promise.all(hops.map((hop) => hop.seen()));

test('a deadline of 500 ms stops the work in each of 3 processes, none of which counts on after it', async () => {
  await using client = openClient();

  await expect(client.unary({ value: 'hang' }, { timeoutMs: 500 })).rejects.toMatchObject({
    reason: 'DEADLINE_EXCEEDED',
  });
  await expect.poll(async () => (await seenBy()).map(({ stopped }) => stopped)).toEqual([1, 1, 1]);
  const atEnd = (await seenBy()).map(({ worked }) => worked);

  expect(Math.min(...atEnd)).toBeGreaterThan(0);
  expect((await seenBy()).map(({ worked }) => worked)).toEqual(atEnd);
});

test('100 requests through 3 processes onto what always fails reach it at most 120 times, the others 100 times', async () => {
  await using client = openClient();
  const before = (await seenBy()).map(({ reached }) => reached);

  for (let request = 0; request < 100; request++) {
    await expect(client.unary({ value: 'fail' })).rejects.toMatchObject({ reason: 'STORE_DOWN' });
  }
  const reached = (await seenBy()).map((hop, at) => hop.reached - (before[at] ?? 0));

  expect(reached.slice(0, 2)).toEqual([100, 100]);
  expect(reached[2]).toBeGreaterThan(100);
  expect(reached[2]).toBeLessThanOrEqual(120);
});
