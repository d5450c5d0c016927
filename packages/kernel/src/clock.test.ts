import { expect, test, vi } from 'vitest';
import { sleepOn, systemClock } from './clock.ts';

/** A single timer that a test fires by hand. */
function manualTimer() {
  const state = { callback: undefined as (() => void) | undefined, cancelled: 0 };
  const after = (_ms: number, callback: () => void): (() => void) => {
    state.callback = callback;
    return () => {
      state.cancelled += 1;
    };
  };
  return { state, clock: { after } };
}

test('sleep resolves when its timer fires, and later aborts change nothing', async () => {
  const { state, clock } = manualTimer();
  const controller = new AbortController();
  const slept = sleepOn(clock, 10, controller.signal);

  state.callback?.();
  controller.abort();

  await expect(slept).resolves.toBeUndefined();
  expect(state.cancelled).toBe(0);
});

test("an abort cancels the timer and rejects with the signal's own reason", async () => {
  const { state, clock } = manualTimer();
  const controller = new AbortController();
  const slept = sleepOn(clock, 10, controller.signal);

  controller.abort('shutting down');

  await expect(slept).rejects.toBe('shutting down');
  expect(state.cancelled).toBe(1);
});

test('a signal that is aborted already sets no timer', async () => {
  const { state, clock } = manualTimer();

  await expect(sleepOn(clock, 10, AbortSignal.abort('late'))).rejects.toBe('late');

  expect(state.callback).toBeUndefined();
});

test("the machine's clock fires, cancels and measures forward", async () => {
  const before = systemClock.monotonicMs();
  const cancel = systemClock.after(0, () => expect.unreachable());
  cancel();
  const keepAlive = setTimeout(() => undefined, 5_000);

  await systemClock.sleep(1);

  clearTimeout(keepAlive);
  expect(systemClock.monotonicMs()).toBeGreaterThan(before);
  expect(Math.abs(systemClock.nowMs() - Date.now())).toBeLessThan(1_000);
});

test("the machine's clock waits for 60 days, longer than a timer can, and a wait that is cancelled in its second part never ends", () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const dayMs = 86_400_000;
    const fired: string[] = [];
    systemClock.after(60 * dayMs, () => fired.push('60 days'));
    const cancel = systemClock.after(30 * dayMs, () => fired.push('30 days'));

    vi.advanceTimersByTime(29 * dayMs);
    cancel();
    vi.advanceTimersByTime(31 * dayMs - 1);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual(['60 days']);
  } finally {
    vi.useRealTimers();
  }
});
