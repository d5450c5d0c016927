import type { GroupResult, TestTotals } from './group.ts';

/** Sum of several totals. */
export function sumTotals(totals: readonly TestTotals[]): TestTotals {
  return totals.reduce(
    (sum, next) => ({
      passed: sum.passed + next.passed,
      failed: sum.failed + next.failed,
      skipped: sum.skipped + next.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/** The closing line that a program may read. */
export function totalsLine({ passed, failed, skipped }: TestTotals): string {
  return `tests: ${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** The line that a finished group leaves. */
export function groupLine(name: string, result: GroupResult, elapsedMs: number): string {
  const seconds = `${(elapsedMs / 1000).toFixed(1)} s`;
  const tests = result.tests === undefined ? '' : `  ${totalsLine(result.tests)}`;
  return `${result.ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(12)}${seconds.padStart(8)}${tests}`;
}
