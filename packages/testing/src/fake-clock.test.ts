import { kernelReasons, withTimeout } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { FakeClock } from './fake-clock.ts';

test('starts at 2026-01-01 UTC or where it is told, and stands still', () => {
  expect(new FakeClock().nowMs()).toBe(Date.UTC(2026, 0, 1));
  const clock = new FakeClock(5_000);

  expect(clock.nowMs()).toBe(5_000);
  expect(clock.nowMs()).toBe(5_000);
  expect(clock.monotonicMs()).toBe(0);
});

test('fires timers by due time, equal ones in the order they were set, each at its own instant', async () => {
  const clock = new FakeClock(0);
  const fired: [string, number][] = [];
  clock.after(30, () => fired.push(['late', clock.nowMs()]));
  clock.after(10, () => fired.push(['first of two', clock.nowMs()]));
  clock.after(10, () => fired.push(['second of two', clock.nowMs()]));
  clock.after(31, () => fired.push(['beyond', clock.nowMs()]));

  await clock.advance(30);

  expect(fired).toEqual([
    ['first of two', 10],
    ['second of two', 10],
    ['late', 30],
  ]);
  expect(clock.nowMs()).toBe(30);
  expect(clock.pendingCount).toBe(1);
  expect(clock.nextDueInMs).toBe(1);
});

test('a loop of three sleeps of 10 ms ends within one advance of 30 ms', async () => {
  const clock = new FakeClock(0);
  const ends: number[] = [];
  const loop = (async () => {
    for (let round = 0; round < 3; round++) {
      await clock.sleep(10);
      await Promise.resolve();
      ends.push(clock.nowMs());
    }
  })();

  await clock.advance(30);
  await loop;

  expect(ends).toEqual([10, 20, 30]);
});

test('a cancelled timer never fires', async () => {
  const clock = new FakeClock();
  const cancel = clock.after(10, () => expect.unreachable());

  cancel();
  await clock.advance(100);

  expect(clock.pendingCount).toBe(0);
  expect(clock.nextDueInMs).toBeUndefined();
});

test('an aborted sleep rejects with the reason and leaves no timer', async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const slept = clock.sleep(1_000, controller.signal);

  controller.abort('enough');

  await expect(slept).rejects.toBe('enough');
  expect(clock.pendingCount).toBe(0);
});

test('advanceToNext fires one timer alone and says when none is left', async () => {
  const clock = new FakeClock(0);
  const fired: number[] = [];
  clock.after(10, () => fired.push(10));
  clock.after(20, () => fired.push(20));

  expect(await clock.advanceToNext()).toBe(true);
  expect(fired).toEqual([10]);
  expect(await clock.advanceToNext()).toBe(true);
  expect(fired).toEqual([10, 20]);
  expect(await clock.advanceToNext()).toBe(false);
  expect(clock.nowMs()).toBe(20);
});

test('a jump moves the wall clock back without moving the monotonic one or firing timers', async () => {
  const clock = new FakeClock(10_000);
  clock.after(10, () => expect.unreachable());

  clock.jump(-3_000);

  expect(clock.nowMs()).toBe(7_000);
  expect(clock.monotonicMs()).toBe(0);
});

test.each([-1, Number.NaN])('refuses to advance by %s', async (ms) => {
  await expect(new FakeClock().advance(ms)).rejects.toMatchObject({ reason: kernelReasons.OPTION_INVALID.name });
});

test('drives withTimeout: 500 ms pass, the work is told to stop, the caller gets DEADLINE_EXCEEDED', async () => {
  const clock = new FakeClock();
  let stopped = false;
  const outcome = withTimeout(
    500,
    (signal) => {
      signal.addEventListener('abort', () => {
        stopped = true;
      });
      return clock.sleep(10_000);
    },
    { clock },
  );
  const checked = expect(outcome).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED', executed: 'maybe' });

  await clock.advance(499);
  expect(stopped).toBe(false);
  await clock.advance(1);

  await checked;
  expect(stopped).toBe(true);
});
