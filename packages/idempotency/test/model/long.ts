// The model-based test of idempotency keys in its long form: runs until at least the given number of steps of the state machine
// (default 1,000,000) was made, on a PostgreSQL of its own, and prints the seed that repeats it.
//
//   node packages/idempotency/test/model/long.ts [steps] [seed]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idempotencyMigrations } from '@mainstay/idempotency';
import { openDatabase, runMigrations } from '@mainstay/postgres';
import { startEmbeddedPostgres } from '@mainstay/postgres/embedded';
import fc from 'fast-check';
import { happening, simulate } from './simulation.ts';

const wanted = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
/** Keys that are looked at side by side, each by a case of its own. */
const lanes = 8;
process.stdout.write(`seed ${seed}\n`);

await using parts = new AsyncDisposableStack();
const dataDir = await mkdtemp(join(tmpdir(), 'mainstay-model-'));
parts.defer(() => rm(dataDir, { recursive: true, force: true }));
const server = parts.use(await startEmbeddedPostgres({ dataDir, fsync: false }));
const database = parts.use(await openDatabase({ url: server.url, name: 'model', maxConnections: lanes * 2 }));
await runMigrations({ database, directory: idempotencyMigrations });
await database.query('CREATE TABLE effects (id uuid PRIMARY KEY, what text NOT NULL)');
await database.query('CREATE INDEX ON effects (what)');

let steps = 0;
const progress = setInterval(() => process.stdout.write(`${steps} of ${wanted} steps\n`), 30_000);
parts.defer(() => clearInterval(progress));
async function lane(number: number): Promise<void> {
  for (let round = 0; steps < wanted; round++) {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 10, maxLength: 200, size: 'max' }), async (happenings) => {
        steps += await simulate(database, happenings);
      }),
      { numRuns: 50, seed: seed + round * lanes + number },
    );
  }
}
await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
process.stdout.write(`${steps} steps, none that the model forbids\n`);
