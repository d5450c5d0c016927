import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { FakeClock } from '@mainstay/testing';
import {
  createSagaEngine,
  newSagaId,
  type SagaDefinition,
  type SagaEngine,
  type SagaEngineOptions,
  type SagaView,
  sagaMigrations,
} from '../src/index.ts';
import type { TripState } from './trip.ts';

/** A database with the engine's tables and the table that the test saga writes. */
export async function sagaDatabase(): Promise<TestDatabase> {
  const db = await testDatabase({ migrations: [sagaMigrations] });
  await db.database.query('create table notes (position serial, saga_id text not null, note text not null)');
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

/** Drives a saga through its pauses: moves the engine's time to its due time whenever it is at rest, until something is true. */
export async function passPauses(
  engine: SagaEngine & { readonly clock: FakeClock },
  id: string,
  condition: (view: SagaView) => boolean = ({ record }) => record.endedAtMs !== null,
): Promise<void> {
  await until(async () => {
    const view = await engine.read(id).catch(() => undefined);
    if (view === undefined) return false;
    if (condition(view)) return true;
    if (view.owner === null) await engine.clock.advance(Math.max(10, view.availableAtMs - engine.clock.nowMs()));
    return false;
  });
}

export async function notesOf(db: TestDatabase, id: string): Promise<readonly string[]> {
  const { rows } = await db.database.query<{ note: string }>(
    'select note from notes where saga_id = $1 order by position',
    [id],
  );
  return rows.map(({ note }) => note);
}

/** When the lease of an engine ends, epoch milliseconds; 0 when it has none. */
export async function leaseEndOf(db: TestDatabase, owner: string): Promise<number> {
  const { rows } = await db.database.query<{ at: Date }>('select lease_until as at from saga_runners where id = $1', [
    owner,
  ]);
  return rows[0]?.at.getTime() ?? 0;
}

/** Lets the lease of an engine end, as it does when its process stands still for longer. */
export async function endLease(db: TestDatabase, owner = 'engine-0'): Promise<void> {
  await db.database.query('update saga_runners set lease_until = now() where id = $1', [owner]);
}
