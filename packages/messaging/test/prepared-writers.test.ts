import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { type Database, openDatabase, runMigrations } from '@mainstay/postgres';
import { startEmbeddedPostgres } from '@mainstay/postgres/embedded';
import { openTwoPhase, type TwoPhase, twoPhaseMigrations } from '@mainstay/postgres/two-phase';
import { withFault } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createEventStore, eventStoreMigrations, tell } from '../src/index.ts';
import { fromBeginning } from '../src/projection/reading.ts';
import { readOn } from '../src/projection/reading-store.ts';

/** A server of its own, which the test starts again. */
async function startServer(dataDir: string) {
  const parts = new AsyncDisposableStack();
  const { url } = parts.use(await startEmbeddedPostgres({ dataDir, maxPreparedTransactions: 10 }));
  const database = parts.use(await openDatabase({ url, name: 'books' }));
  return { database, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

const openBooks = (database: Database): Promise<TwoPhase<'record' | 'other'>> =>
  openTwoPhase({ name: 'books', participants: { record: database, other: database }, decisions: database });

test('an event of a transaction that stands prepared over a restart of the server is waited for, and read when it is committed', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mainstay-prepared-'));
  await using parts = new AsyncDisposableStack();
  parts.defer(() => rm(dataDir, { recursive: true, force: true }));
  const store = createEventStore({ events: [OrderPlacedSchema] });
  const append = (tx: Parameters<typeof store.append>[0], orderId: string) => {
    const events = [tell(OrderPlacedSchema, { orderId, itemCount: 1 })];
    return store.append(tx, { stream: `order:${orderId}`, expectedVersion: 0n, events, actor: 'customer' });
  };
  const subjects: string[] = [];
  let reading = fromBeginning;
  const read = async (database: Database): Promise<void> => {
    const { events, next } = await database.transaction((tx) => readOn(tx, reading, 10));
    subjects.push(...events.map(({ subject }) => subject));
    reading = next;
  };

  {
    await using server = await startServer(dataDir);
    const { database } = server;
    await runMigrations({ database, directory: [eventStoreMigrations, twoPhaseMigrations] });
    const books = await openBooks(database);
    // The second part that is ended is that of the record.
    using _fault = withFault('two-phase.before-end', { at: 2, run: () => Promise.reject(new TypeError('cut off')) });
    await books.run(({ record }) => append(record, 'early'));
    await database.transaction((tx) => append(tx, 'late'));
    await read(database);
    await read(database);
    expect([subjects, reading.gaps.length]).toEqual([['late'], 1]);
  }

  const { database } = parts.use(await startServer(dataDir));
  await read(database);
  expect(reading.gaps).toHaveLength(1);
  expect(await (await openBooks(database)).recoverOnce()).toBe(1);
  await read(database);
  expect([subjects, reading.gaps]).toEqual([['late', 'early'], []]);
});
