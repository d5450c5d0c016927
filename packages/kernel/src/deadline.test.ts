import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { deadlineAt, deadlineDueAtMs, deadlineIn, earlierDeadline, remainingMs, withTimeout } from './deadline.ts';
import { kernelReasons } from './errors/kernel-reasons.ts';
import { isPlatformError } from './errors/platform-error.ts';

test('a deadline counts down to 0 and never below', async () => {
  const clock = new FakeClock();
  const deadline = deadlineIn(500, clock);

  expect(remainingMs(deadline, clock)).toBe(500);
  await clock.advance(400);
  expect(remainingMs(deadline, clock)).toBe(100);
  await clock.advance(1_000);
  expect(remainingMs(deadline, clock)).toBe(0);
});

test('no deadline leaves endless time', () => {
  expect(remainingMs(undefined)).toBe(Number.POSITIVE_INFINITY);
  expect(deadlineDueAtMs(undefined, new FakeClock())).toBe(Number.POSITIVE_INFINITY);
});

test('a wall clock that jumps by an hour neither shortens nor lengthens what is left of 500 ms', async () => {
  const clock = new FakeClock(1_000);
  const deadline = deadlineIn(500, clock);
  await clock.advance(100);

  for (const jumpMs of [3_600_000, -7_200_000]) {
    clock.jump(jumpMs);
    expect(remainingMs(deadline, clock)).toBe(400);
    expect(deadline.atMs).toBe(clock.nowMs() + 400);
  }
  expect(deadlineDueAtMs(deadline, clock)).toBe(500);
});

test('deadlines of the wall clock, of another clock and of a monotonic moment are all compared', async () => {
  const clock = new FakeClock(1_000);
  const late = new FakeClock(1_000);
  await late.advance(50);
  const plain = { atMs: 1_300 };

  expect(deadlineDueAtMs(plain, clock)).toBe(300);
  expect(remainingMs(deadlineIn(200, late), clock)).toBe(250);
  const earliest = deadlineAt(100, clock);
  for (const other of [plain, deadlineAt(101, clock), deadlineIn(200, late)]) {
    expect(earlierDeadline(earliest, other)).toBe(earliest);
    expect(earlierDeadline(other, earliest)).toBe(earliest);
  }
});

test.each([
  [undefined, undefined, undefined],
  [{ atMs: 1 }, undefined, { atMs: 1 }],
  [undefined, { atMs: 2 }, { atMs: 2 }],
  [{ atMs: 1 }, { atMs: 2 }, { atMs: 1 }],
  [{ atMs: 3 }, { atMs: 2 }, { atMs: 2 }],
])('the earlier of %o and %o is %o', (a, b, expected) => {
  expect(earlierDeadline(a, b)).toEqual(expected);
});

test('work that ends in time gives its result and leaves no timer', async () => {
  const clock = new FakeClock();

  const result = await withTimeout(500, async () => 'done', { clock });

  expect(result).toBe('done');
  expect(clock.pendingCount).toBe(0);
});

test('work that fails gives its own error and leaves no timer', async () => {
  const clock = new FakeClock();
  const failure = new Error('mine');

  await expect(withTimeout(500, () => Promise.reject(failure), { clock })).rejects.toBe(failure);

  expect(clock.pendingCount).toBe(0);
});

test('at 500 ms, not at 499, the signal aborts and the caller gets DEADLINE_EXCEEDED', async () => {
  const clock = new FakeClock();
  let signal: AbortSignal | undefined;
  const outcome = withTimeout(
    500,
    (given) => {
      signal = given;
      return new Promise(() => undefined);
    },
    { clock, what: 'the query' },
  ).catch((error: unknown) => error);

  await clock.advance(499);
  expect(signal?.aborted).toBe(false);
  await clock.advance(1);

  const error = await outcome;
  expect(isPlatformError(error, kernelReasons.DEADLINE_EXCEEDED)).toBe(true);
  expect(error).toMatchObject({ executed: 'maybe', rawMessage: 'the query took longer than 500 ms' });
  expect(signal?.reason).toBe(error);
});

test('an abort from outside reaches the work and rejects with its reason', async () => {
  const clock = new FakeClock();
  const outer = new AbortController();
  let signal: AbortSignal | undefined;
  const outcome = withTimeout(
    500,
    (given) => {
      signal = given;
      return new Promise<void>(() => undefined);
    },
    { clock, signal: outer.signal },
  );

  outer.abort('caller went away');

  await expect(outcome).rejects.toBe('caller went away');
  expect(signal?.aborted).toBe(true);
  expect(clock.pendingCount).toBe(0);
});

test('with a signal that is aborted already the work does not begin', async () => {
  const clock = new FakeClock();
  let began = false;
  const outcome = withTimeout(
    500,
    async () => {
      began = true;
    },
    { clock, signal: AbortSignal.abort('too late') },
  );

  await expect(outcome).rejects.toBe('too late');
  expect(began).toBe(false);
  expect(clock.pendingCount).toBe(0);
});

test('work that throws at once, before any promise, leaves no timer', async () => {
  const clock = new FakeClock();
  const outcome = withTimeout(
    500,
    () => {
      throw new Error('at once');
    },
    { clock },
  );

  await expect(outcome).rejects.toThrow('at once');
  expect(clock.pendingCount).toBe(0);
});

test('work that aborts its caller and throws at once gives one rejection and no unhandled one', async () => {
  const outer = new AbortController();
  const outcome = withTimeout(
    500,
    () => {
      outer.abort('first');
      throw new Error('second');
    },
    { clock: new FakeClock(), signal: outer.signal },
  );

  await expect(outcome).rejects.toBe('first');
});

test('work that fails after the limit disturbs nobody', async () => {
  const clock = new FakeClock();
  const outcome = withTimeout(
    500,
    async () => {
      await clock.sleep(600);
      throw new Error('nobody listens');
    },
    { clock },
  ).catch((error: unknown) => error);

  await clock.advance(1_000);

  expect(await outcome).toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
});
