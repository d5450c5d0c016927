import type { Machine } from './machine.ts';
import { median } from './statistics.ts';
import type { BoundTarget, Metric, RatioTarget, Rounds, Suite } from './suite.ts';

/** A goal with what was measured. */
export interface JudgedTarget {
  readonly text: string;
  readonly measured: number;
  readonly reached: boolean;
}

/** The tables of a suite as text: medians over rounds, ranges of the first metric, ratios taken within each round. */
export function renderTables(suite: Suite, rounds: Rounds): string {
  return casesOf(rounds)
    .map((name) => renderCase(suite, rounds, name))
    .join('\n\n');
}

/** Compares the goals of a suite with the rounds; goals whose contenders did not run are left out. */
export function judgeTargets(suite: Suite, rounds: Rounds): JudgedTarget[] {
  return suite.targets.flatMap((target) => {
    const cases = target.in === undefined ? casesOf(rounds) : [target.in];
    return cases.flatMap((name) => {
      const measured = 'atLeast' in target ? ratioOf(target, rounds, name) : boundOf(target, rounds, name);
      if (Number.isNaN(measured)) return [];
      const reached = 'atLeast' in target ? measured >= target.atLeast : measured <= target.atMost;
      return [{ text: `${name}: ${wordsOf(target, measured)}`, measured, reached }];
    });
  });
}

/** One line about where a run was made. */
export function renderMachine(machine: Machine): string {
  const { at, commit, node, cpu, cores, memoryGiB, loadAverage, packages } = machine;
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  const place = `${at}, commit ${commit}, Node ${node}, ${cores} cores ${cpu}, ${memoryGiB} GiB, load average ${loadAverage}`;
  return versions.length === 0 ? place : `${place}\n${versions.join(', ')}`;
}

/** A figure with three digits or so. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 10 ? 1 : 2);
}

function renderCase(suite: Suite, rounds: Rounds, name: string): string {
  const [first, ...others] = suite.metrics as [Metric, ...Metric[]];
  const present = suite.contenders.filter(
    (contender) => valuesOf(rounds, name, { metric: first.name, of: contender.name }).length > 0,
  );
  const beside = suite.beside.filter((other) => present.some((contender) => contender.name === other));
  const head = [
    name,
    `${first.title} (min-max)`,
    ...beside.map((other) => `of ${other}`),
    ...others.map(({ title }) => title),
  ];
  const rows = present.map((contender) => {
    const values = valuesOf(rounds, name, { metric: first.name, of: contender.name });
    const range = `${digits(median(values))} (${digits(Math.min(...values))}-${digits(Math.max(...values))})`;
    const ratios = beside.map((other) =>
      digits(median(ratiosOf(rounds, name, { metric: first.name, of: contender.name, to: other }))),
    );
    const rest = others.map((metric) =>
      digits(median(valuesOf(rounds, name, { metric: metric.name, of: contender.name }))),
    );
    return [contender.kind === 'ours' ? `**${contender.name}**` : contender.name, range, ...ratios, ...rest];
  });
  return renderGrid([head, ...rows]);
}

function renderGrid(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  const [head, ...body] = rows.map(line);
  return [head, rule, ...body].join('\n');
}

function casesOf(rounds: Rounds): string[] {
  return [...new Set(rounds.flatMap((round) => Object.values(round).flatMap((cases) => Object.keys(cases))))];
}

function valuesOf(
  rounds: Rounds,
  name: string,
  { metric, of }: { readonly metric: string; readonly of: string },
): number[] {
  return rounds.flatMap((round) => round[of]?.[name]?.[metric] ?? []);
}

function ratiosOf(
  rounds: Rounds,
  name: string,
  { metric, of, to }: { readonly metric: string; readonly of: string; readonly to: string },
): number[] {
  return rounds.flatMap((round) => {
    const above = round[of]?.[name]?.[metric];
    const below = round[to]?.[name]?.[metric];
    return above === undefined || below === undefined || below === 0 ? [] : [above / below];
  });
}

function ratioOf(target: RatioTarget, rounds: Rounds, name: string): number {
  const { metric, ours, other } = target;
  const sides = target.better === 'more' ? { of: ours, to: other } : { of: other, to: ours };
  return median(ratiosOf(rounds, name, { metric, ...sides }));
}

function boundOf(target: BoundTarget, rounds: Rounds, name: string): number {
  const differences = rounds.flatMap((round) => {
    const value = round[target.ours]?.[name]?.[target.metric];
    const base = target.above === undefined ? 0 : round[target.above]?.[name]?.[target.metric];
    return value === undefined || base === undefined ? [] : [value - base];
  });
  return median(differences);
}

function wordsOf(target: RatioTarget | BoundTarget, measured: number): string {
  if ('atLeast' in target) {
    const { ours, other, metric, better, atLeast } = target;
    const what = better === 'more' ? metric : `less ${metric}`;
    return `${ours} ${digits(measured)}x ${what} of ${other}, wanted ${digits(atLeast)}x`;
  }
  const { ours, above, atMost, unit } = target;
  const over = above === undefined ? '' : ` above ${above}`;
  return `${ours} ${digits(measured)} ${unit}${over}, wanted at most ${digits(atMost)} ${unit}`;
}
