import { expect, test } from 'vitest';
import { groupLine, sumTotals, totalsLine } from './report.ts';

test('the closing line is tests: N passed, N failed, N skipped over all groups', () => {
  const totals = sumTotals([
    { passed: 10, failed: 0, skipped: 1 },
    { passed: 5, failed: 2, skipped: 0 },
  ]);

  expect(totalsLine(totals)).toBe('tests: 15 passed, 2 failed, 1 skipped');
  expect(totalsLine(sumTotals([]))).toBe('tests: 0 passed, 0 failed, 0 skipped');
});

test('a group leaves its name, its seconds and, when it runs tests, their totals', () => {
  expect(groupLine('lint', { ok: true, output: '' }, 1_234)).toBe('ok    lint           1.2 s');
  expect(groupLine('unit', { ok: false, output: '', tests: { passed: 1, failed: 2, skipped: 0 } }, 61_000)).toBe(
    'FAIL  unit          61.0 s  tests: 1 passed, 2 failed, 0 skipped',
  );
});
