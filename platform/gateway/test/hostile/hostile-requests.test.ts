import { expect, test } from 'vitest';
import { leaksOf, runAttacks } from './run-attacks.ts';

// The long form is `npm run fuzz:gateway`, which also plays one attack of a seed again.

const seed = Number(process.env['MAINSTAY_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

test.for([
  ['wire', 350],
  ['node', 150],
] as const)(
  `over %s, %i hostile connections (seed ${seed}): every refusal is a problem document, nothing crashes, nothing is left behind`,
  {
    timeout: 240_000,
  },
  async ([engine, count]) => {
    const report = await runAttacks({ seed, count, engine });

    expect(report.faults.join('\n')).toBe('');
    expect(leaksOf(report, 16 * 1_048_576)).toEqual([]);
    expect([...report.statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 404, 405, 408, 413, 431]));
  },
);
