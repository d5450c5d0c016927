import { idempotencyMigrations } from '@mainstay/idempotency';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import { happening, simulate } from './simulation.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ migrations: [idempotencyMigrations] });
  await db.database.query('CREATE TABLE effects (id uuid PRIMARY KEY, what text NOT NULL)');
  await db.database.query('CREATE INDEX ON effects (what)');
});
afterAll(() => db[Symbol.asyncDispose]());

test('in 60 histories, whoever begins, writes, ends, crashes or comes late, a key has what the model says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 10, maxLength: 60 }), async (happenings) => {
      await simulate(db.database, happenings);
    }),
    { numRuns: 60 },
  );
});
