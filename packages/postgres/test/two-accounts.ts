import { type Database, openDatabase } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { openTwoPhase, type TwoPhase, type TwoPhaseOptions, twoPhaseMigrations } from '@mainstay/postgres/two-phase';
import { afterAll, beforeAll } from 'vitest';

/** What stands in the two databases under one name, and what is left prepared. */
export interface Balance {
  readonly east: bigint;
  readonly west: bigint;
}

/** Two databases with a table of amounts, `east` with the decisions. */
export interface TwoAccounts {
  readonly east: TestDatabase;
  readonly west: TestDatabase;
  open(own?: Partial<TwoPhaseOptions<'east' | 'west'>>): Promise<TwoPhase<'east' | 'west'>>;
  /** Begins an account with 10 in each. */
  begin(id: string): Promise<void>;
  balance(id: string): Promise<Balance>;
  preparedCount(): Promise<number>;
}

/** Gives a test file its two databases. */
export function useTwoAccounts(): TwoAccounts {
  let [east, west]: TestDatabase[] = [];
  beforeAll(async () => {
    [east, west] = await Promise.all([testDatabase({ migrations: [twoPhaseMigrations] }), testDatabase()]);
    for (const { database } of [east, west]) {
      await database.query(`CREATE TABLE amounts (
        id text PRIMARY KEY,
        amount bigint NOT NULL CONSTRAINT amounts_positive CHECK (amount >= 0),
        twin text CONSTRAINT amounts_twin REFERENCES amounts DEFERRABLE INITIALLY DEFERRED)`);
    }
  });
  afterAll(() => Promise.all([east?.[Symbol.asyncDispose](), west?.[Symbol.asyncDispose]()]));
  const both = (): readonly Database[] => [east!.database, west!.database];
  return {
    get east() {
      return east!;
    },
    get west() {
      return west!;
    },
    open: (own = {}) =>
      openTwoPhase({
        name: 'books',
        participants: { east: east!.database, west: west!.database },
        decisions: east!.database,
        ...own,
      }),
    async begin(id) {
      for (const database of both()) await database.query('INSERT INTO amounts (id, amount) VALUES ($1, 10)', [id]);
    },
    async balance(id) {
      const [inEast, inWest] = await Promise.all(both().map((database) => amountOf(database, id)));
      return { east: inEast!, west: inWest! };
    },
    async preparedCount() {
      const counts = await Promise.all(both().map(countPrepared));
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

/** Moves 3 from east to west. */
export async function move(books: TwoPhase<'east' | 'west'>, id: string): Promise<void> {
  await books.run(async ({ east, west }) => {
    await east.query('UPDATE amounts SET amount = amount - 3 WHERE id = $1', [id]);
    await west.query('UPDATE amounts SET amount = amount + 3 WHERE id = $1', [id]);
  });
}

/** Bounds with which recovery takes everything that it finds undecided for abandoned. */
export const atOnce = { timeoutMs: 1, abandonAfterMs: 2 };

/** Opens a database for a process that shall die; nobody closes it. */
export const openNamed = (url: string, name: string): Promise<Database> =>
  openDatabase({ url, name, maxConnections: 2 });

async function amountOf(database: Database, id: string): Promise<bigint> {
  const { rows } = await database.query<{ amount: bigint }>('SELECT amount FROM amounts WHERE id = $1', [id]);
  return rows[0]!.amount;
}

async function countPrepared(database: Database): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM pg_prepared_xacts WHERE database = current_database()',
  );
  return rows[0]!.count;
}
