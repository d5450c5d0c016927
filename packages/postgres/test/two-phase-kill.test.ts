import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { atOnce, useTwoAccounts } from './two-accounts.ts';

const accounts = useTwoAccounts();
const script = fileURLToPath(new URL('fixtures/dying-transfer.ts', import.meta.url));

/** Where a process kills itself: a fault point, and which time it comes there. */
interface Death {
  readonly point: string;
  readonly nth: number;
}

async function die(id: string, task: 'move' | 'recover', { point, nth }: Death): Promise<void> {
  const { east, west } = accounts;
  const args = [script, east.url, west.url, id, task, point, String(nth)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [, signal] = await once(child, 'exit');
  expect([point, signal]).toEqual([point, 'SIGKILL']);
}

/** What is left after recovery. */
async function recovered(id: string): Promise<unknown> {
  const books = await accounts.open({ name: id, ...atOnce });
  let ended = 0;
  while ((await books.inDoubt()).length > 0) ended += await books.recoverOnce();
  return { ...(await accounts.balance(id)), ended };
}

const untouched = { east: 10n, west: 10n };
const moved = { east: 7n, west: 13n };

const deaths = [
  ['before west is prepared', { point: 'two-phase.before-prepare', nth: 1 }, { ...untouched, ended: 0 }],
  ['between the two prepares', { point: 'two-phase.after-prepare', nth: 1 }, { ...untouched, ended: 1 }],
  ['when both are prepared', { point: 'two-phase.after-prepare', nth: 2 }, { ...untouched, ended: 2 }],
  ['before the decision', { point: 'two-phase.before-decision', nth: 1 }, { ...untouched, ended: 2 }],
  ['behind the decision', { point: 'two-phase.after-decision', nth: 1 }, { ...moved, ended: 2 }],
  ['between the two commits', { point: 'two-phase.after-end', nth: 1 }, { ...moved, ended: 1 }],
] as const;

test('killed at 6 points, a coordinator leaves both committed when it had decided so and neither when not, and after recovery nothing prepared', async () => {
  const cases = deaths.map(async ([where, death], n) => {
    const id = `coordinator-${n}`;
    await accounts.begin(id);
    await die(id, 'move', death);
    return [where, await recovered(id)];
  });
  expect(await Promise.all(cases)).toEqual(deaths.map(([where, , outcome]) => [where, outcome]));
  expect(await accounts.preparedCount()).toBe(0);
});

test('a recovery that is killed behind its decision, or between two parts, is finished by the next one', async () => {
  const cases = [
    { from: 'two-phase.before-decision', at: 'two-phase.recovery-decided', outcome: { ...untouched, ended: 2 } },
    { from: 'two-phase.before-decision', at: 'two-phase.recovery-ended', outcome: { ...untouched, ended: 1 } },
    { from: 'two-phase.after-decision', at: 'two-phase.recovery-ended', outcome: { ...moved, ended: 1 } },
  ];
  const ran = cases.map(async ({ from, at, outcome }, n) => {
    const id = `recovery-${n}`;
    await accounts.begin(id);
    await die(id, 'move', { point: from, nth: 1 });
    await die(id, 'recover', { point: at, nth: 1 });
    expect(await recovered(id)).toEqual(outcome);
  });
  await Promise.all(ran);
  expect(await accounts.preparedCount()).toBe(0);
});
