import { Cancellation } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createOpenStreams } from './open-streams.ts';

const dayMs = 86_400_000;

test('a stream whose token is good for 30 days, longer than a timer can wait, ends then', async () => {
  const clock = new FakeClock();
  const streams = createOpenStreams({ heartbeatMs: 1, maxOpen: 9, maxOpenPerClient: 9, uploadLimitBytes: 1 }, clock);
  const endsAtMs = clock.nowMs() + 30 * dayMs;
  const { cancellation } = streams.enter({ client: 'acme', cancellation: new Cancellation(), endsAtMs });

  await clock.advance(30 * dayMs - 1);
  expect(cancellation.isCanceled).toBe(false);
  await clock.advance(1);
  expect(cancellation.reason).toMatchObject({ reason: 'TOKEN_EXPIRED' });
});
