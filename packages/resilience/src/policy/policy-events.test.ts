import type { Meter } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { createTimeout } from '../timeout/timeout.ts';
import { countPolicyEvents } from './policy-events.ts';

test('a time-out that refuses is counted by policy, name and event', async () => {
  const seen: unknown[] = [];
  const meter: Meter = {
    counter: ({ name }) => ({ add: (value, labels) => seen.push([name, value, labels]) }),
    gauge: () => ({ set: () => undefined }),
    histogram: () => ({ record: () => undefined }),
  };
  const limit = createTimeout({ name: 'users', limitMs: 10, onEvent: countPolicyEvents(meter) });

  await expect(limit.execute(() => 1, { deadline: { atMs: 0 } })).rejects.toMatchObject({ executed: 'no' });

  expect(seen).toEqual([['mainstay.policy.events', 1, { policy: 'timeout', name: 'users', event: 'refused' }]]);
});

test('a listener that throws changes nothing for the caller', async () => {
  const onEvent = (): never => {
    throw new Error('listener');
  };
  const limit = createTimeout({ name: 'users', limitMs: 10, onEvent });

  await expect(limit.execute(() => 1, { deadline: { atMs: 0 } })).rejects.toMatchObject({
    reason: 'DEADLINE_EXCEEDED',
  });
});
