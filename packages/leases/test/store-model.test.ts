import type { TestDatabase } from '@mainstay/postgres/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLeaseStore, type LeaseClaim, type LeaseStore } from '../src/index.ts';
import { leaseDatabase, passTime, write } from './lease-database.ts';
import { LeaseModel } from './lease-model.ts';

// Long form: MAINSTAY_MODEL_STEPS=200000 npx vitest run packages/leases/test/store-model.test.ts
const totalSteps = Number(process.env['MAINSTAY_MODEL_STEPS'] ?? 1_500);
const stepsPerRun = 60;

let db: TestDatabase;
beforeAll(async () => {
  db = await leaseDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

const names = ['a', 'b'] as const;
const owners = ['p', 'q', 'r'] as const;
// Times are hours, so that the seconds a run really takes change no outcome.
const hourMs = 3_600_000;

const step = fc.record({
  act: fc.constantFrom('acquire', 'renew', 'release', 'handOver', 'write', 'pass'),
  name: fc.constantFrom(...names),
  owner: fc.constantFrom(...owners),
  heir: fc.constantFrom(...owners),
  hours: fc.integer({ min: 1, max: 5 }),
  /** The epoch that the caller believes in is so much older than the newest. */
  staleness: fc.constantFrom(0, 0, 0, 1, 2, -1),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

test(`${totalSteps} random moves in PostgreSQL and in the reference model have the same outcomes`, async () => {
  const seed = Number(process.env['MAINSTAY_MODEL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`seed ${seed}\n`);
  let made = 0;
  const counts = new Map<string, number>();

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: stepsPerRun, maxLength: stepsPerRun, size: 'max' }), async (steps) => {
      await db.database.query('truncate leases');
      const time = { nowMs: 0 };
      const model = new LeaseModel(time);
      for (const [index, one] of steps.entries()) {
        const outcome = one.act === 'pass' ? await pass(time, one.hours * hourMs) : await makeBoth(model, one);
        const kind = outcome.replace(/held \d+/, 'held');
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        made += 1;
        if (index % 20 === 19) await compareTables(model);
      }
    }),
    { seed, numRuns: Math.ceil(totalSteps / stepsPerRun) },
  );

  expect(made).toBeGreaterThanOrEqual(totalSteps);
  // The moves are no use if they are all refused.
  const outcomes = [
    'acquire held',
    'acquire taken',
    ...['renew', 'release', 'handOver', 'write'].flatMap((act) => [`${act} true`, `${act} false`]),
  ];
  for (const outcome of outcomes) expect(counts.get(outcome), outcome).toBeGreaterThan(totalSteps / 200);
}, 3_600_000);

async function pass(time: { nowMs: number }, ms: number): Promise<string> {
  time.nowMs += ms;
  await passTime(db, ms);
  return 'pass';
}

/** Makes a move in both and compares what they answer. @returns the move and its outcome in two words. */
async function makeBoth(model: LeaseModel, one: Step): Promise<string> {
  const claim = { name: one.name, epoch: (model.rows.get(one.name)?.epoch ?? 0) - one.staleness };
  const expected = await answerOf(model, one, claim);
  const sql = createLeaseStore(db.database);
  expect(await answerOf({ ...sql, write: (own) => write(db, own) }, one, claim)).toBe(expected);
  return `${one.act} ${expected}`;
}

type Leases = LeaseStore & { write(claim: LeaseClaim): boolean | Promise<boolean> };

/** What a store answers, in one word. */
async function answerOf(store: Leases, one: Step, claim: LeaseClaim): Promise<string> {
  const ms = one.hours * hourMs;
  switch (one.act) {
    case 'acquire': {
      const answer = await store.acquire(one.name, one.owner, ms);
      return answer.state === 'held' ? `held ${answer.epoch}` : 'taken';
    }
    case 'renew': {
      const { renewed, lost } = await store.renew([claim], ms);
      expect(renewed.size + lost.size).toBe(1);
      return String(renewed.has(one.name));
    }
    case 'release':
      return String(await store.release(claim));
    case 'handOver':
      return String(await store.handOver(claim, one.heir, ms));
    default:
      return String(await store.write(claim));
  }
}

async function compareTables(model: LeaseModel): Promise<void> {
  const { rows } = await db.database.query('select name, epoch, owner, heir from leases order by name');
  const expected = [...model.rows].map(([name, { epoch, owner, heir }]) => ({ name, epoch, owner, heir }));
  expect(rows).toEqual(expected.sort((a, b) => (a.name < b.name ? -1 : 1)));
}
