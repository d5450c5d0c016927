import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { WallClock } from './wall-clock.ts';

test('goes on with the monotonic clock, and sees a jump of the other one after 100 ms', async () => {
  const clock = new FakeClock(1_000_000);
  const wallClock = new WallClock(clock);
  const now = (): number => wallClock.at(clock.monotonicMs());
  expect(now()).toBe(1_000_000);

  clock.jump(86_400_000);
  await clock.advance(99);
  expect(now()).toBe(1_000_099);
  await clock.advance(1);

  expect(now()).toBe(1_000_100 + 86_400_000);
});
