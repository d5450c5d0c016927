import { AsyncLocalStorage } from 'node:async_hooks';
import { deadlineIn } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import type { CallFacts } from '../policy/policy-types.ts';
import { createBulkhead } from './bulkhead.ts';

function setUp(maxQueued = 10) {
  const clock = new FakeClock(0);
  const bulkhead = createBulkhead({ name: 'payments', maxConcurrent: 1, maxQueued, clock });
  const order: string[] = [];
  let endFirst = (): void => undefined;
  const first = bulkhead.execute(
    () =>
      new Promise<void>((resolve) => {
        endFirst = resolve;
      }),
  );
  const call = (name: string, about: CallFacts = {}): void => {
    bulkhead.execute(() => void order.push(name), about).catch((error) => order.push(`${name} ${error.reason}`));
  };
  const end = async (): Promise<void> => {
    endFirst();
    await first;
    await clock.advance(0);
  };
  return { clock, bulkhead, order, call, end };
}

test('of two tenants with 4 and 1 waiting calls, the one with 1 waits for one call of the other', async () => {
  const { order, call, end } = setUp();
  for (const name of ['a1', 'a2', 'a3', 'a4']) call(name, { callerClass: 'a' });
  call('b1', { callerClass: 'b' });

  await end();

  expect(order).toEqual(['a1', 'b1', 'a2', 'a3', 'a4']);
});

test('payments go before browsing, whoever came first', async () => {
  const { order, call, end } = setUp();
  call('report', { priority: 'background' });
  call('browse', { priority: 'low' });
  call('cart');
  call('pay', { priority: 'critical' });

  await end();

  expect(order).toEqual(['pay', 'cart', 'browse', 'report']);
});

test('a full line gives up its least important for somebody more important, and nobody for an equal', async () => {
  const { order, call, end } = setUp(2);
  call('browse', { priority: 'low' });
  call('cart');
  call('pay', { priority: 'critical' });
  call('another cart');

  await end();

  expect(order).toEqual(['browse BULKHEAD_FULL', 'another cart BULKHEAD_FULL', 'pay', 'cart']);
});

test('whoever waits is told at the deadline of the call, not 1 ms earlier, and a place goes on to the next', async () => {
  const { clock, bulkhead, order, call, end } = setUp();
  call('late', { deadline: deadlineIn(100, clock) });
  call('next');
  await clock.advance(99);
  expect(order).toEqual([]);
  await clock.advance(1);
  expect(order).toEqual(['late DEADLINE_EXCEEDED']);
  expect(bulkhead.snapshot()).toMatchObject({ running: 1, queued: 1 });

  await end();

  expect(order).toEqual(['late DEADLINE_EXCEEDED', 'next']);
  expect(bulkhead.snapshot()).toMatchObject({ running: 0, queued: 0 });
});

test('a call that waited runs in its own async context, not in that of whoever made room', async () => {
  const { bulkhead, end } = setUp();
  const storage = new AsyncLocalStorage<string>();
  const waited = storage.run('mine', () => bulkhead.execute(() => storage.getStore()));

  await storage.run('theirs', end);

  expect(await waited).toBe('mine');
});
