import { FakeClock } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { type BulkheadOptions, createBulkhead } from './bulkhead.ts';

function setUp(options: Partial<BulkheadOptions> = {}) {
  const clock = new FakeClock();
  const bulkhead = createBulkhead({ name: 'payments', maxConcurrent: 1, maxQueued: 2, clock, ...options });
  const order: string[] = [];
  const wait = (name: string, signal?: AbortSignal) => {
    const place = bulkhead.acquire(signal);
    place.then(
      () => order.push(name),
      (error) => order.push(`${name} ${error.reason}`),
    );
    return place;
  };
  return { clock, bulkhead, order, wait };
}

test('runs 2 at the same time and refuses the third, executed no, with the numbers', async () => {
  const { bulkhead } = setUp({ maxConcurrent: 2, maxQueued: 0 });
  await bulkhead.acquire();
  await bulkhead.acquire();

  await expect(bulkhead.run(() => expect.unreachable())).rejects.toMatchObject({
    reason: 'BULKHEAD_FULL',
    executed: 'no',
    retryAfterMs: 100,
    httpStatus: 503,
    rawMessage: 'bulkhead payments is full: 2 running, 0 queued',
  });
});

test('a place comes back when the call returns, rejects or throws', async () => {
  const { bulkhead } = setUp();
  const error = new Error('mine');

  expect(await bulkhead.run(async () => 1)).toBe(1);
  await expect(bulkhead.run(() => Promise.reject(error))).rejects.toBe(error);
  await expect(
    bulkhead.run(() => {
      throw error;
    }),
  ).rejects.toBe(error);

  expect(bulkhead.snapshot()).toEqual({ name: 'payments', running: 0, queued: 0, maxConcurrent: 1, maxQueued: 2 });
});

test('those who wait get places in the order they came, and nobody jumps the line', async () => {
  const { clock, bulkhead, order, wait } = setUp();
  const release = await bulkhead.acquire();
  const a = wait('a');
  const b = wait('b');

  release();
  const late = wait('late');
  await clock.advance(0);
  expect(order).toEqual(['a']);
  (await a)();
  (await b)();
  (await late)();

  expect(order).toEqual(['a', 'b', 'late']);
  expect(bulkhead.snapshot()).toMatchObject({ running: 0, queued: 0 });
});

test('giving a place back twice gives one place', async () => {
  const { bulkhead } = setUp({ maxQueued: 0 });
  const release = await bulkhead.acquire();

  release();
  release();
  await bulkhead.acquire();

  await expect(bulkhead.acquire()).rejects.toMatchObject({ reason: 'BULKHEAD_FULL' });
});

describe('waiting', () => {
  test('ends after 1,000 ms each with BULKHEAD_QUEUE_TIMEOUT, by one timer', async () => {
    const { clock, bulkhead, order, wait } = setUp();
    await bulkhead.acquire();
    void wait('a');
    await clock.advance(400);
    void wait('b');

    expect(clock.pendingCount).toBe(1);
    await clock.advance(599);
    expect(order).toEqual([]);
    await clock.advance(1);
    expect(order).toEqual(['a BULKHEAD_QUEUE_TIMEOUT']);
    await clock.advance(400);

    expect(order).toEqual(['a BULKHEAD_QUEUE_TIMEOUT', 'b BULKHEAD_QUEUE_TIMEOUT']);
    expect(clock.pendingCount).toBe(0);
    expect(bulkhead.snapshot()).toMatchObject({ running: 1, queued: 0 });
  });

  test('ends at once when its signal aborts, and frees its place in the line', async () => {
    const { clock, bulkhead, order, wait } = setUp();
    const release = await bulkhead.acquire();
    const controller = new AbortController();
    void wait('a', controller.signal);
    void wait('b');
    await expect(bulkhead.acquire()).rejects.toMatchObject({ reason: 'BULKHEAD_FULL' });

    controller.abort();
    void wait('c');
    release();
    await clock.advance(0);

    expect(order).toEqual(['a CANCELED', 'b']);
    expect(bulkhead.snapshot()).toMatchObject({ running: 1, queued: 1 });
  });

  test('that ends by an abort leaves no timer', async () => {
    const { clock, bulkhead, wait } = setUp();
    await bulkhead.acquire();
    const controller = new AbortController();
    void wait('a', controller.signal);

    controller.abort();

    expect(clock.pendingCount).toBe(0);
  });

  test('in a full line is refused with BULKHEAD_FULL, also with a signal, which is then left alone', async () => {
    const { bulkhead } = setUp({ maxQueued: 0 });
    await bulkhead.acquire();
    const { signal } = new AbortController();

    await expect(bulkhead.acquire(signal)).rejects.toMatchObject({ reason: 'BULKHEAD_FULL' });
  });

  test('does not begin with an aborted signal', async () => {
    const { bulkhead } = setUp();

    await expect(bulkhead.acquire(AbortSignal.abort())).rejects.toMatchObject({ reason: 'CANCELED' });
    expect(bulkhead.snapshot().running).toBe(0);
  });

  test('an abort after the place was given changes nothing', async () => {
    const { bulkhead, wait } = setUp();
    const release = await bulkhead.acquire();
    const controller = new AbortController();
    const place = wait('a', controller.signal);
    release();

    controller.abort();
    (await place)();

    expect(bulkhead.snapshot()).toMatchObject({ running: 0, queued: 0 });
  });
});

test.each([{ maxConcurrent: 0 }, { maxQueued: -1 }, { queueTimeoutMs: 0 }, { maxConcurrent: 1.5 }])(
  'refuses %j',
  (options) => {
    expect(() => setUp(options)).toThrow(/bulkhead payments \w+ must be .*, got/);
  },
);
