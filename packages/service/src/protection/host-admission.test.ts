import { silentMeter } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { HostAdmission } from './host-admission.ts';

const four = { initialLimit: 4, minLimit: 4, maxLimit: 4, tolerance: 1.5 };

test('with a limit of 4 the third normal call is the last, the fourth place is for a critical one; streams take none', () => {
  using admission = new HostAdmission(
    { shedLagMs: 0, concurrency: four },
    { clock: new FakeClock(), meter: silentMeter },
  );
  const [first] = [
    admission.admit('normal', false),
    admission.admit('normal', false),
    admission.admit('normal', false),
  ];

  expect(() => admission.admit('normal', false)).toThrow(/too many for one of priority normal/);
  expect(admission.admit('normal', true)).toBeUndefined();
  admission.admit('critical', false);
  expect(() => admission.admit('critical', false)).toThrow(/too many/);
  first?.();
  admission.admit('critical', false);
  expect(admission.snapshot()).toMatchObject({ load: null, concurrency: { limit: 4, running: 4 } });
});

test('other settings are in force for the calls to come, and only what changed begins anew', () => {
  const clock = new FakeClock();
  using admission = new HostAdmission({ shedLagMs: 250, concurrency: four }, { clock, meter: silentMeter });
  admission.admit('normal', false);

  expect(admission.configure({ shedLagMs: 250, concurrency: { ...four } })).toEqual([]);
  expect(admission.snapshot().concurrency).toMatchObject({ running: 1 });
  expect(admission.configure({ shedLagMs: 0, concurrency: { ...four, maxLimit: 8 } })).toEqual([
    'shed_lag_ms',
    'concurrency',
  ]);
  expect(admission.snapshot()).toMatchObject({ load: null, concurrency: { running: 0 } });
  admission.configure({ shedLagMs: 0, concurrency: undefined });
  expect(admission.admit('background', false)).toBeUndefined();
});
