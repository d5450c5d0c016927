import { PlatformError } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { healthReasons } from '../errors.ts';
import { type CheckOptions, createCheck } from './check.ts';

type Step = 'ok' | 'hang' | Error;

function setUp(steps: Step[], options: CheckOptions = {}) {
  const clock = new FakeClock(0);
  const signals: AbortSignal[] = [];
  const release: (() => void)[] = [];
  const check = createCheck(
    'database',
    async (signal) => {
      signals.push(signal);
      const step = steps.shift() ?? 'ok';
      if (step === 'hang') await new Promise<void>((resolve) => release.push(resolve));
      else if (step !== 'ok') throw step;
    },
    { ...options, clock },
  );
  return { clock, check, signals, release, runs: () => signals.length };
}

test('is unknown before the first run, then up with time and duration', async () => {
  const { check } = setUp([]);

  expect(check.report()).toEqual({ status: 'unknown', since: '1970-01-01T00:00:00.000Z', failures: 0 });
  expect(await check.evaluate()).toEqual({
    status: 'up',
    since: '1970-01-01T00:00:00.000Z',
    checked_at: '1970-01-01T00:00:00.000Z',
    duration_ms: 0,
    failures: 0,
  });
});

test('an answer is reused for 1,000 ms', async () => {
  const { clock, check, runs } = setUp([]);

  await check.evaluate();
  await clock.advance(999);
  await check.evaluate();
  expect(runs()).toBe(1);
  await clock.advance(1);
  await check.evaluate();

  expect(runs()).toBe(2);
});

test('100 questions at the same time make one run', async () => {
  const { check, runs } = setUp([], { cacheMs: 0 });

  await Promise.all(Array.from({ length: 100 }, () => check.evaluate()));

  expect(runs()).toBe(1);
});

test('a failure is told with reason and since when, and the last one is kept after recovery', async () => {
  const { clock, check } = setUp([new Error('no route to postgres://a:hunter2@db'), new Error('again'), 'ok'], {
    cacheMs: 0,
  });

  const first = await check.evaluate();
  await clock.advance(5_000);
  const second = await check.evaluate();
  await clock.advance(5_000);
  const third = await check.evaluate();

  expect(first).toMatchObject({
    status: 'down',
    failures: 1,
    last_error: { message: 'no route to postgres://***@db', reason: 'INTERNAL' },
  });
  expect(second).toMatchObject({ status: 'down', failures: 2, since: '1970-01-01T00:00:00.000Z' });
  expect(third).toMatchObject({
    status: 'up',
    failures: 0,
    since: '1970-01-01T00:00:10.000Z',
    last_error: { message: 'again', at: '1970-01-01T00:00:05.000Z' },
  });
});

test('a PlatformError shows its own reason', async () => {
  const error = new PlatformError(healthReasons.HEALTH_CHECK_TIMEOUT, 'pool is empty');
  const { check } = setUp([error]);

  expect((await check.evaluate()).last_error).toMatchObject({
    message: 'pool is empty',
    reason: 'HEALTH_CHECK_TIMEOUT',
  });
});

test('a check that rejects with nothing fails', async () => {
  const check = createCheck('nothing', () => Promise.reject(undefined), { clock: new FakeClock() });

  expect(await check.evaluate()).toMatchObject({ status: 'down', failures: 1, last_error: { reason: 'INTERNAL' } });
});

test('a check that throws at once instead of rejecting only fails', async () => {
  const check = createCheck(
    'sync',
    () => {
      throw new Error('no');
    },
    { clock: new FakeClock() },
  );

  expect(await check.evaluate()).toMatchObject({ status: 'down' });
});

test('failuresToDown 3 keeps an up check up for two failures', async () => {
  const { check } = setUp(['ok', new Error('1'), new Error('2'), new Error('3')], { cacheMs: 0, failuresToDown: 3 });

  const statuses: string[] = [];
  for (let run = 0; run < 4; run++) statuses.push((await check.evaluate()).status);

  expect(statuses).toEqual(['up', 'up', 'up', 'down']);
});

describe('a check that hangs', () => {
  test('answers down at its limit of 2,000 ms and gets the signal', async () => {
    const { clock, check, signals } = setUp(['hang']);
    const answer = check.evaluate();

    await clock.advance(1_999);
    expect(signals[0]?.aborted).toBe(false);
    await clock.advance(1);

    expect(await answer).toMatchObject({
      status: 'down',
      duration_ms: 2_000,
      last_error: { reason: 'HEALTH_CHECK_TIMEOUT' },
    });
    expect(signals[0]?.aborted).toBe(true);
    expect(clock.pendingCount).toBe(0);
  });

  test('is tried again after its limit times the number of hung runs, and recovers', async () => {
    const { clock, check, runs, release } = setUp(['hang', 'hang', 'ok'], { timeoutMs: 2_000 });
    const evaluate = async (): Promise<string> => {
      const answer = check.evaluate();
      await clock.advance(2_000);
      return (await answer).status;
    };

    expect(await evaluate()).toBe('down');
    await clock.advance(1_999);
    await check.evaluate();
    expect(runs()).toBe(1);
    await clock.advance(1);
    expect(await evaluate()).toBe('down');
    await clock.advance(3_999);
    await check.evaluate();
    expect(runs()).toBe(2);
    await clock.advance(1);

    expect(await evaluate()).toBe('up');
    for (const end of release) end();
    await clock.advance(4_000);
    await evaluate();
    await clock.advance(1_000);
    await evaluate();
    expect(runs()).toBe(5);
  });

  test('ending late changes nothing', async () => {
    const { clock, check, release } = setUp(['hang']);
    const answer = check.evaluate();
    await clock.advance(2_000);
    const before = await answer;

    release[0]?.();
    await clock.advance(0);

    expect(check.report()).toEqual(before);
  });
});

test.each([{ timeoutMs: 0 }, { cacheMs: -1 }, { failuresToDown: 0 }, { timeoutMs: Number.NaN }])(
  'refuses %j',
  (options) => {
    expect(() => setUp([], options)).toThrow(/health\.database\.\w+ must be at least \d, got/);
  },
);
