import type { Clock } from '@mainstay/kernel';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { FakeClock } from '@mainstay/testing';
import {
  createSagaEngine,
  newSagaId,
  type SagaDefinition,
  type SagaEngine,
  type SagaEngineOptions,
  sagaMigrations,
} from '../src/index.ts';
import type { TripState } from './trip.ts';

/** A database with the engine's tables and the table that the test saga writes. */
export async function sagaDatabase(): Promise<TestDatabase> {
  const db = await testDatabase({ migrations: [sagaMigrations] });
  await db.database.query('create table notes (saga_id text not null, note text not null)');
  return db;
}

/** An instant at which all clocks of a test begin. */
export const startMs = Date.UTC(2026, 5, 1);

/** An engine whose time stands still at `aheadMs` after the start unless the test moves it. */
export function engineAt(
  db: TestDatabase,
  saga: SagaDefinition<TripState>,
  options: Partial<SagaEngineOptions> & { readonly aheadMs?: number } = {},
): SagaEngine & { readonly clock: FakeClock } {
  const { aheadMs = 0, ...rest } = options;
  const clock = new FakeClock(startMs + aheadMs);
  const engine = createSagaEngine({
    database: db.database,
    sagas: [saga],
    owner: `engine-${aheadMs}`,
    clock,
    random: () => 1,
    stopGraceMs: 0,
    ...rest,
  });
  return { ...engine, clock };
}

/** Starts a trip the way a service does: in a transaction, woken after its commit. */
export async function startTrip(db: TestDatabase, engine: SagaEngine, saga: SagaDefinition<TripState>) {
  const id = newSagaId();
  const orderId = `order-of-${id}`;
  await db.database.transaction((tx) =>
    engine.start(tx, saga, { id, subject: orderId, state: { orderId, card: 'tok_visa' } }),
  );
  engine.wake(id);
  return { id, orderId };
}

/** Lets real I/O go on until something is true; the test's own limit ends it otherwise. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

/** Moves a clock whenever its next timer is what everything waits for, until something is true. */
export async function advanceUntil(clock: FakeClock, condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await clock.advance(100);
}

export async function notesOf(db: TestDatabase, id: string): Promise<readonly string[]> {
  const { rows } = await db.database.query<{ note: string }>('select note from notes where saga_id = $1', [id]);
  return rows.map(({ note }) => note);
}

export type { Clock };
