import { isPlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { dayRange } from './day-range.ts';

const today = '2026-03-01';

test.each([
  ['nothing', { from: '', to: '' }, { from: '2026-01-31', to: '2026-03-01' }],
  ['only the last day', { from: '', to: '2026-02-10' }, { from: '2026-01-12', to: '2026-02-10' }],
  ['both', { from: '2026-02-01', to: '2026-02-28' }, { from: '2026-02-01', to: '2026-02-28' }],
  ['366 days', { from: '2025-02-28', to: '2026-02-28' }, { from: '2025-02-28', to: '2026-02-28' }],
])('a request that names %s', (_, asked, meant) => {
  expect(dayRange(asked, today)).toEqual(meant);
});

test.each([
  ['a day that does not exist', { from: '2026-02-30', to: '' }, 'from_day'],
  ['a month that does not exist', { from: '', to: '2026-13-01' }, 'to_day'],
  ['an end before the beginning', { from: '2026-02-02', to: '2026-02-01' }, 'from_day'],
  ['367 days', { from: '2025-02-27', to: '2026-02-28' }, 'from_day'],
])('%s is refused', (_, asked, field) => {
  expect(() => dayRange(asked, today)).toThrow(field);
  try {
    dayRange(asked, today);
  } catch (error) {
    expect(isPlatformError(error, 'REQUEST_INVALID') && error.violations.map((violation) => violation.field)).toEqual([
      field,
    ]);
  }
});
