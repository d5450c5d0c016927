import { mkdirSync, writeFileSync } from 'node:fs';
import { describeMachine } from './machine.ts';
import { digits, judgeTargets, renderMachine, renderTables } from './report.ts';
import type { Effort, Figures, Suite } from './suite.ts';

/** Which part of a suite is run, and how. */
export interface RunOptions {
  readonly name: string;
  readonly effort: Effort;
  /** Contenders to run, default all. */
  readonly only?: ReadonlySet<string>;
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs a suite: every contender once per round, in turns that begin with another one each round; prints and stores. */
export async function runSuite(suite: Suite, { name, effort, only }: RunOptions): Promise<void> {
  const machine = describeMachine(suite.packages);
  print(`\n# ${name}: ${suite.about}\n\n${renderMachine(machine)}\n`);
  const chosen = suite.contenders.filter((contender) => only === undefined || only.has(contender.name));
  if (chosen.length === 0) {
    print('none of these contenders takes part here');
    return;
  }
  const rounds: Record<string, Readonly<Record<string, Figures>>>[] = [];
  await using shared = new AsyncDisposableStack();
  if (suite.open !== undefined) shared.use(await suite.open());

  for (let round = 0; round < effort.rounds; round++) {
    const results: Record<string, Readonly<Record<string, Figures>>> = {};
    rounds.push(results);
    for (let turn = 0; turn < chosen.length; turn++) {
      const contender = chosen[(turn + round) % chosen.length];
      if (contender === undefined) continue;
      try {
        results[contender.name] = await suite.measure(contender, effort);
        print(`round ${round + 1} ${contender.name}: ${summary(suite, results[contender.name] ?? {})}`);
      } catch (error) {
        print(`round ${round + 1} ${contender.name} failed: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  const targets = judgeTargets(suite, rounds);
  print(`\n${renderTables(suite, rounds)}\n`);
  for (const { reached, text } of targets) print(`${reached ? 'reached' : 'BEHIND '}  ${text}`);
  const folder = new URL('../results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const file = `${machine.at.replaceAll(/[:.]/g, '-')}-${name}.json`;
  writeFileSync(new URL(file, folder), `${JSON.stringify({ name, machine, effort, targets, rounds }, undefined, 1)}\n`);
  print(`\nstored as bench/results/${file}`);
}

function summary(suite: Suite, cases: Readonly<Record<string, Figures>>): string {
  const metric = suite.metrics[0];
  if (metric === undefined) return '';
  return Object.entries(cases)
    .map(([name, figures]) => `${name} ${digits(figures[metric.name] ?? Number.NaN)} ${metric.title}`)
    .join('; ');
}
