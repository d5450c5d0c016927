// What two-phase commit costs beside a local transaction and beside one in each database. Prints medians of 7 alternating rounds: node packages/postgres/test/cost/two-phase.ts
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase, runMigrations } from '@mainstay/postgres';
import { startEmbeddedPostgres } from '@mainstay/postgres/embedded';
import { openTwoPhase, twoPhaseMigrations } from '@mainstay/postgres/two-phase';

const dataDir = await mkdtemp(join(tmpdir(), 'two-phase-cost-'));
await using parts = new AsyncDisposableStack();
parts.defer(() => rm(dataDir, { recursive: true, force: true }));
const server = parts.use(await startEmbeddedPostgres({ dataDir, maxPreparedTransactions: 100 }));

async function open(name: string): Promise<Database> {
  await using admin = await openDatabase({ url: server.url, name: 'admin' });
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(name, server.url).href;
  await runMigrations({ url, directory: [twoPhaseMigrations] });
  const database = parts.use(await openDatabase({ url, name, maxConnections: 70 }));
  await database.query('CREATE TABLE amounts (id int PRIMARY KEY, amount bigint NOT NULL)');
  await database.query('INSERT INTO amounts SELECT n, 0 FROM generate_series(0, 99) n');
  return database;
}

const [east, west] = [await open('east'), await open('west')];
const books = await openTwoPhase({ name: 'books', participants: { east, west }, decisions: east });
const add = 'UPDATE amounts SET amount = amount + 1 WHERE id = $1';

const ways: Readonly<Record<string, (row: number) => Promise<unknown>>> = {
  'two writes in one local transaction': (row) =>
    east.transaction(async (tx) => [await tx.query(add, [row]), await tx.query(add, [row])]),
  'a transaction in each database': async (row) => {
    await east.transaction((tx) => tx.query(add, [row]));
    await west.transaction((tx) => tx.query(add, [row]));
  },
  'two-phase commit': (row) =>
    books.run(async (tx) => [await tx.east.query(add, [row]), await tx.west.query(add, [row])]),
};

/** Each worker has a row of its own, so that none waits for another's lock. */
async function round(
  way: (row: number) => Promise<unknown>,
  inFlight: number,
  count: number,
): Promise<[number, number]> {
  let begun = 0;
  const startedAtMs = performance.now();
  const before = process.cpuUsage();
  const worker = async (_: unknown, row: number): Promise<void> => {
    while (begun++ < count) await way(row);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const { user, system } = process.cpuUsage(before);
  return [(performance.now() - startedAtMs) / count, (user + system) / count];
}

const median = (values: readonly number[]): number => values.toSorted((one, other) => one - other)[values.length >> 1]!;

for (const inFlight of [1, 32]) {
  const rounds = new Map(Object.keys(ways).map((name) => [name, [] as [number, number][]]));
  for (let n = 0; n < 8; n++) {
    for (const [name, way] of Object.entries(ways)) {
      const measured = await round(way, inFlight, inFlight === 1 ? 50 : 400);
      // The first round plans statements and opens connections.
      if (n > 0) rounds.get(name)!.push(measured);
    }
  }
  for (const [name, measured] of rounds) {
    const [ms, cpu] = [median(measured.map(([wall]) => wall)), median(measured.map(([, used]) => used))];
    process.stdout.write(
      `${inFlight} in flight, ${name}: ${ms.toFixed(2)} ms, ${cpu.toFixed(0)} µs of our processor time\n`,
    );
  }
}
