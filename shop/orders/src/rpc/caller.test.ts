import { deadlineIn } from '@mainstay/kernel';
import { anonymousIdentity, newTrace, runInContext } from '@mainstay/kernel/context';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { waitMsOf } from './caller.ts';

test.each([
  ['nothing said: 2 s', {}, 2_000],
  ['Prefer: wait=0', { preferWaitSeconds: 0 }, 0],
  ['Prefer: wait=7', { preferWaitSeconds: 7 }, 7_000],
  ['Prefer: wait=60 is cut to 10 s', { preferWaitSeconds: 60 }, 10_000],
  ['3 s left: half a second is kept for the answer', { preferWaitSeconds: 10, leftMs: 3_000 }, 2_500],
  ['100 ms left: no wait', { leftMs: 100 }, 0],
])('waits within limits: %s', (_, { leftMs, ...context }: { leftMs?: number; preferWaitSeconds?: number }, waitMs) => {
  const clock = new FakeClock();
  const call = { trace: newTrace(), identity: anonymousIdentity, ...context };
  const deadline = leftMs === undefined ? {} : { deadline: deadlineIn(leftMs, clock) };
  expect(runInContext({ ...call, ...deadline }, () => waitMsOf({ clock, waitMs: 2_000 }))).toBe(waitMs);
});
