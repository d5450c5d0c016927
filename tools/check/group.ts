/** How many tests ran, and how they ended. */
export interface TestTotals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** How a group ended. */
export interface GroupResult {
  readonly ok: boolean;
  /** Shown when the group failed: what is wrong and where. */
  readonly output: string;
  /** Shown in any case, one line each: warnings, skipped tests with their reason, what could not be compared. */
  readonly notes?: readonly string[];
  /** Only of groups that run tests. */
  readonly tests?: TestTotals;
}

/** One step of `npm run check`. */
export interface Group {
  /** Name on the command line, one lower-case word. */
  readonly name: string;
  /** What it checks, for `--list`. */
  readonly about: string;
  /** Part of `npm test`. */
  readonly isTest: boolean;
  run(): Promise<GroupResult>;
}

/** A group whose checks each return a list of problems, one sentence each; fails when there is any. */
export function resultOfProblems(problems: readonly string[], notes: readonly string[] = []): GroupResult {
  return { ok: problems.length === 0, output: problems.join('\n'), notes };
}
