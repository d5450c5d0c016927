import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../run-command.ts';
import type { Group, GroupResult } from '../group.ts';
import { type TotalsFile, totalsFileVariable } from '../vitest-totals.ts';

/** Tests without I/O, and properties on generated input. */
export const unitGroup: Group = {
  name: 'unit',
  about: 'unit and property tests',
  isTest: true,
  run: () => runVitest(['unit', 'property'], 5 * 60_000),
};

/** Tests with PostgreSQL, sockets and processes. */
export const integrationGroup: Group = {
  name: 'integration',
  about: 'tests with PostgreSQL, sockets and processes',
  isTest: true,
  run: () => runVitest(['integration'], 20 * 60_000),
};

/** Documents against the tree and the code. */
export const docsGroup: Group = {
  name: 'docs',
  about: 'links, paths, commands and examples of the documents; list of dependencies',
  isTest: true,
  run: () => runVitest(['docs'], 3 * 60_000),
};

/** The shop's stories over all processes. */
export const e2eGroup: Group = {
  name: 'e2e',
  about: "the shop's stories over all processes and HTTP",
  isTest: true,
  run: () => runVitest(['e2e'], 20 * 60_000),
};

async function runVitest(projects: readonly string[], limitMs: number): Promise<GroupResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-check-'));
  const totalsPath = join(folder, 'totals.json');
  try {
    const { exitCode, output } = await runCommand(
      'vitest',
      [
        'run',
        ...projects.map((project) => `--project=${project}`),
        '--reporter=dot',
        '--reporter=./tools/check/vitest-totals.ts',
      ],
      { limitMs, env: { [totalsFileVariable]: totalsPath, NO_COLOR: '1', FORCE_COLOR: '0' } },
    );
    const totals = await readTotals(totalsPath);
    if (totals === undefined)
      return { ok: false, output: `vitest ended without totals, exit code ${exitCode}\n${output}` };
    const tests = { passed: totals.passed, failed: totals.failed, skipped: totals.skipped.length };
    const notes = totals.skipped.map((line) => `skipped: ${line}`);
    if (tests.passed + tests.failed === 0) {
      return { ok: false, output: `no test ran\n${output}`, notes, tests };
    }
    return { ok: exitCode === 0 && tests.failed === 0, output, notes, tests };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readTotals(path: string): Promise<TotalsFile | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as TotalsFile;
  } catch {
    // Not written: vitest ended before its reporters, which the caller reports with the output.
    return undefined;
  }
}
