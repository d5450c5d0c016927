import { createHealth } from '@mainstay/health';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { watchReadiness } from './watch-readiness.ts';

test('tells the first answer and each change once, within one interval', async () => {
  const clock = new FakeClock();
  const health = createHealth({ clock });
  let isUp = true;
  health.addReadinessCheck(
    'database',
    async () => {
      if (!isUp) throw new Error('gone');
    },
    { cacheMs: 0 },
  );
  const told: unknown[] = [];
  const stop = new AbortController();
  const watching = watchReadiness({
    health,
    clock,
    intervalMs: 1_000,
    signal: stop.signal,
    onChange: (isReady, reason) => told.push([clock.monotonicMs(), isReady, reason]),
  });

  await clock.advance(500);
  health.setStarted();
  await clock.advance(3_000);
  isUp = false;
  await clock.advance(3_000);
  isUp = true;
  await clock.advance(1_000);
  stop.abort();
  await watching;

  expect(told).toEqual([
    [0, false, 'start-up is not over'],
    [1_000, true, undefined],
    [4_000, false, 'database is down'],
    [7_000, true, undefined],
  ]);
  expect(clock.pendingCount).toBe(0);
});
