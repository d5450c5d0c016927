import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** What the totals file holds. */
export interface TotalsFile {
  readonly passed: number;
  /** Failed tests, and files or hooks that failed outside of a test. */
  readonly failed: number;
  /** Full title and reason of each skipped test. */
  readonly skipped: readonly string[];
}

/** Name of the variable that says where the totals go. */
export const totalsFileVariable = 'MAINSTAY_TEST_TOTALS';

/** A vitest reporter that writes the totals, and why tests were skipped, which vitest's JSON reporter leaves out. */
export default class VitestTotals implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    const skipped: string[] = [];
    for (const module of modules) {
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed += 1;
        else if (result.state === 'failed') failed += 1;
        else skipped.push(`${test.fullName}: ${('note' in result && result.note) || 'no reason given'}`);
      }
    }
    const totals: TotalsFile = { passed, failed, skipped };
    const path = process.env[totalsFileVariable];
    if (path !== undefined) writeFileSync(path, JSON.stringify(totals));
  }
}
