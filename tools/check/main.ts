import { parseArgs } from 'node:util';
import { endRunningCommands } from '../run-command.ts';
import type { Group, GroupResult, TestTotals } from './group.ts';
import { groups } from './groups/index.ts';
import { groupLine, sumTotals, totalsLine } from './report.ts';
import { selectGroups } from './select-groups.ts';

const usage = `Checks the project, group by group, and stops at the first group that fails.

  npm run check                     all groups
  npm run check lint types          these groups, in their usual order
  npm test                          the groups that run tests

  --list    names the groups
  --help    this text

Ends with one line: tests: N passed, N failed, N skipped. The exit code is 0 when every group
passed and, where test groups were asked for, at least one test ran; 1 when not; 2 for a wrong command line.`;

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseCommandLine(args);
  if (typeof parsed === 'string') {
    process.stderr.write(`${parsed}\n`);
    return 2;
  }
  if (parsed.help) {
    process.stdout.write(`${usage}\n\n${listing()}\n`);
    return 0;
  }
  if (parsed.list) {
    process.stdout.write(`${listing()}\n`);
    return 0;
  }
  const selection = selectGroups(groups, parsed.names);
  if ('unknown' in selection) {
    process.stderr.write(`no group named ${selection.unknown.join(', ')}; the groups are:\n${listing()}\n`);
    return 2;
  }
  return await runGroups(selection.groups);
}

function parseCommandLine(args: readonly string[]): { help: boolean; list: boolean; names: string[] } | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { help: { type: 'boolean', short: 'h', default: false }, list: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    return { help: values.help, list: values.list, names: positionals };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function listing(): string {
  return groups.map((group) => `  ${group.name.padEnd(12)}${group.about}`).join('\n');
}

async function runGroups(chosen: readonly Group[]): Promise<number> {
  const totals: TestTotals[] = [];
  let failed: string | undefined;
  for (const group of chosen) {
    const result = await runWithProgress(group);
    if (result.tests !== undefined) totals.push(result.tests);
    if (!result.ok) {
      failed = group.name;
      break;
    }
  }
  const sum = sumTotals(totals);
  if (failed !== undefined) {
    const rest = chosen.slice(chosen.findIndex((group) => group.name === failed) + 1).map((group) => group.name);
    const notRun = rest.length === 0 ? '' : `; not run: ${rest.join(', ')}`;
    process.stdout.write(`\nfailed: ${failed}${notRun}\n`);
  }
  process.stdout.write(`${totalsLine(sum)}\n`);
  const testsMissing = chosen.some((group) => group.isTest) && sum.passed + sum.failed === 0;
  return failed === undefined && !testsMissing ? 0 : 1;
}

async function runWithProgress(group: Group): Promise<GroupResult> {
  const startedAtMs = performance.now();
  // A long group says that it lives: rewritten in place on a terminal, a line every 30 s elsewhere.
  const terminal = process.stdout.isTTY;
  const alive = setInterval(
    () => {
      const seconds = Math.round((performance.now() - startedAtMs) / 1000);
      process.stdout.write(terminal ? `\r      ${group.name}, ${seconds} s` : `      ${group.name}, ${seconds} s\n`);
    },
    terminal ? 1_000 : 30_000,
  );
  const result = await group.run().finally(() => clearInterval(alive));
  const line = groupLine(group.name, result, performance.now() - startedAtMs);
  process.stdout.write(`${terminal ? '\r' : ''}${line}\n`);
  for (const note of result.notes ?? []) process.stdout.write(`        ${note}\n`);
  if (!result.ok) process.stdout.write(`\n${result.output.trimEnd()}\n`);
  return result;
}

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    void endRunningCommands(signal).then(() => process.exit(exitCode));
  });
}

process.exitCode = await main(process.argv.slice(2));
