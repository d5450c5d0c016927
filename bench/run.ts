import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { installPeers } from './harness/install.ts';
import { runSuite } from './harness/run-suite.ts';
import type { Effort, Suite } from './harness/suite.ts';

const usage = `Measures Mainstay beside its peers and beside what the machine can do.

  npm run bench                     all suites, about 45 minutes
  npm run bench -- rpc gateway      these suites

  --rounds n     rounds, default 5; every contender runs once in each
  --quick        one round with short runs: does it work, not how fast is it
  --only a,b     these contenders, by name
  --list         names the suites and their contenders
  --help         this text

Peers are installed into bench/node_modules when they are not there or have changed. Raw figures go to
bench/results/. The exit code says whether the suites ran, never whether a target was reached.`;

async function main(args: readonly string[]): Promise<number> {
  const parsed = readCommandLine(args);
  if (typeof parsed === 'string') {
    process.stderr.write(`${parsed}\n`);
    return 2;
  }
  const { values, positionals } = parsed;
  const names = readdirSync(new URL('suites/', import.meta.url)).toSorted();
  if (values.help) return say(usage);
  if (values.list) return say((await Promise.all(names.map(describe))).join('\n'));
  const unknown = positionals.filter((name) => !names.includes(name));
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
  if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
    const what = unknown.length > 0 ? `no suite named ${unknown.join(', ')}` : `--rounds ${values.rounds}`;
    process.stderr.write(`${what}; the suites are ${names.join(', ')}\n`);
    return 2;
  }
  if (!installPeers()) return 1;
  const length = values.quick ? { warmUpMs: 400, runMs: 800 } : { warmUpMs: 2_000, runMs: 4_000 };
  const effort: Effort = { rounds, ...length };
  const only = values.only === undefined ? {} : { only: new Set(values.only.split(',')) };
  for (const name of positionals.length > 0 ? positionals : names) {
    await runSuite(await load(name), { name, effort, ...only });
  }
  return 0;
}

async function load(name: string): Promise<Suite> {
  const { suite } = (await import(new URL(`suites/${name}/suite.ts`, import.meta.url).href)) as { suite: Suite };
  return suite;
}

async function describe(name: string): Promise<string> {
  const { about, contenders } = await load(name);
  return `${name}: ${about}\n${contenders.map((each) => `    ${each.name} (${each.kind})`).join('\n')}`;
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function readCommandLine(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        list: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        only: { type: 'string' },
      },
      allowPositionals: true,
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

process.exitCode = await main(process.argv.slice(2));
