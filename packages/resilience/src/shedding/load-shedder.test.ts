import { FakeClock } from '@mainstay/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Priority } from '../policy/policy-types.ts';
import { createLoadShedder, type LoadShedderOptions } from './load-shedder.ts';
import { watchProcessLoad } from './load-source.ts';
import { loadLevel, refusedShare } from './refused-share.ts';

const all: readonly Priority[] = ['critical', 'normal', 'low', 'background'];

function setUp(options: Partial<LoadShedderOptions> = {}) {
  const clock = new FakeClock(0);
  let load = { lagMs: 0, cpuRatio: 0 };
  let disposed = 0;
  const source = { read: () => load, [Symbol.dispose]: () => void (disposed += 1) };
  const shedder = createLoadShedder({
    name: 'orders',
    fullLagMs: 100,
    fullCpuRatio: 0.95,
    clock,
    source,
    random: () => 0.5,
    ...options,
  });
  const sample = async (next: typeof load): Promise<void> => {
    load = next;
    await clock.advance(250);
    shedder.admit('critical');
  };
  const settle = async (next: typeof load): Promise<void> => {
    for (let n = 0; n < 20; n++) await sample(next);
  };
  const served = () =>
    all.filter((priority) => {
      try {
        shedder.admit(priority);
        return true;
      } catch {
        return false;
      }
    });
  return { shedder, sample, settle, served, disposed: () => disposed };
}

test.each([
  [{ lagMs: 5, cpuRatio: 0.5 }, all],
  [{ lagMs: 90, cpuRatio: 0.2 }, ['critical', 'normal', 'low']],
  [{ lagMs: 5, cpuRatio: 0.9 }, ['critical', 'normal', 'low']],
  [{ lagMs: 105, cpuRatio: 0.2 }, ['critical', 'normal']],
  [{ lagMs: 500, cpuRatio: 1 }, ['critical']],
])('at %j serves %j', async (load, expected) => {
  const { settle, served } = setUp();

  await settle(load);

  expect(served()).toEqual(expected);
});

test('on a fully used core one pause of 2,000 ms refuses nothing but background work, a second one in a row normal work too', async () => {
  const { settle, sample, served } = setUp({ fullLagMs: 250, fullCpuRatio: 1.2 });
  await settle({ lagMs: 5, cpuRatio: 1 });

  await sample({ lagMs: 2_000, cpuRatio: 1 });
  expect(served()).toEqual(['critical', 'normal', 'low']);
  await sample({ lagMs: 5, cpuRatio: 1 });
  expect(served()).toEqual(['critical', 'normal', 'low']);
  await sample({ lagMs: 2_000, cpuRatio: 1 });
  await sample({ lagMs: 2_000, cpuRatio: 1 });

  expect(served()).toEqual(['critical']);
});

test('refuses with LOAD_SHED, executed no, retry after 1,000 ms, and counts', async () => {
  const { shedder, settle } = setUp();
  await settle({ lagMs: 1_000, cpuRatio: 1 });

  await expect(shedder.execute(() => expect.unreachable())).rejects.toMatchObject({
    reason: 'LOAD_SHED',
    executed: 'no',
    retryAfterMs: 1_000,
    httpStatus: 503,
    rawMessage: 'orders is at 1000 % load, too busy for a call of priority normal',
  });
  expect(await shedder.execute(() => 'health', { priority: 'critical' })).toBe('health');
  expect(shedder.snapshot()).toMatchObject({ refused: 1, lagMs: 1_000, cpuRatio: 1 });
});

test('at a full load of 250 ms or 1.2 cores a fully used core alone refuses nothing but background work, delay does the rest', async () => {
  const { settle, served } = setUp({ fullLagMs: 250, fullCpuRatio: 1.2 });
  await settle({ lagMs: 5, cpuRatio: 1 });
  expect(served()).toEqual(['critical', 'normal', 'low']);
  await settle({ lagMs: 250, cpuRatio: 1 });
  expect(served()).toEqual(['critical', 'normal', 'low']);
  await settle({ lagMs: 350, cpuRatio: 1 });

  expect(served()).toEqual(['critical']);
});

test('serves again when the load is gone', async () => {
  const { settle, served } = setUp();
  await settle({ lagMs: 1_000, cpuRatio: 1 });
  await settle({ lagMs: 0, cpuRatio: 0.2 });

  expect(served()).toEqual(all);
});

test('whatever the load: the less important are never refused less, critical never, and more load never refuses less', () => {
  const level = fc.double({ min: 0, max: 10, noNaN: true });
  fc.assert(
    fc.property(level, level, (one, other) => {
      const shares = all.map((priority) => refusedShare(one, priority));
      expect(shares[0]).toBe(0);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
      for (const priority of all) {
        expect(refusedShare(Math.max(one, other), priority)).toBeGreaterThanOrEqual(
          refusedShare(Math.min(one, other), priority),
        );
      }
    }),
  );
});

test('the worse of event loop and processor counts', () => {
  const limits = { fullLagMs: 100, fullCpuRatio: 0.5 };

  expect(loadLevel({ lagMs: 50, cpuRatio: 0.4 }, limits)).toBe(0.8);
  expect(loadLevel({ lagMs: 90, cpuRatio: 0.4 }, limits)).toBe(0.9);
});

test('a real process that spins is seen: its processor time is near one core', () => {
  using source = watchProcessLoad();
  source.read();
  for (const endMs = performance.now() + 60; performance.now() < endMs; );

  const { cpuRatio, lagMs } = source.read();

  expect(cpuRatio).toBeGreaterThan(0.1);
  expect(cpuRatio).toBeLessThanOrEqual(1);
  expect(lagMs).toBeGreaterThanOrEqual(0);
});

test('a source that was given is left to its owner', () => {
  const { shedder, disposed } = setUp();

  shedder[Symbol.dispose]();

  expect(disposed()).toBe(0);
});

test.each([{ fullLagMs: 0 }, { fullCpuRatio: 0 }, { sampleMs: -1 }])('refuses %j', (options) => {
  expect(() => setUp(options)).toThrow(/load shedder orders \w+ must be .*, got/);
});
