import type { Meter } from '@mainstay/kernel';
import { runOutsideOfCalls } from '@mainstay/kernel/context';
import { type Database, type DatabaseOptions, openDatabase } from '@mainstay/postgres';
import { startReplication, type TestReplication } from '@mainstay/postgres/testing';
import { afterAll, beforeAll } from 'vitest';

/** A database with replicas that are checked every 20 ms. */
export interface ReplicatedDatabase extends AsyncDisposable {
  readonly database: Database;
  /** How often reads ran where, as `replica` or `primary: cause`. */
  readonly reads: ReadonlyMap<string, number>;
}

/** A primary with standbys for a test file, three unless another number is given; on it the table `notes` is. */
export function useReplication(standbyCount = 3): {
  readonly replication: TestReplication;
  /** Runs a statement on the primary, on a connection of its own. */
  onPrimary(text: string): Promise<void>;
  open(places: readonly number[], own?: Partial<DatabaseOptions['replicas'] & object>): Promise<ReplicatedDatabase>;
} {
  let replication: TestReplication;
  const onPrimary = async (text: string): Promise<void> => {
    await using database = await openDatabase({ url: replication.primary.url, name: 'setup' });
    await database.query(text);
  };
  beforeAll(async () => {
    replication = await startReplication({ standbyCount });
    await onPrimary('CREATE TABLE notes (body text NOT NULL)');
  });
  afterAll(() => replication[Symbol.asyncDispose]());
  return {
    get replication() {
      return replication;
    },
    onPrimary,
    async open(places, own = {}) {
      const { primary, standbys } = replication;
      const { meter, reads } = countingMeter();
      const database = await openDatabase({
        url: primary.url,
        name: 'notes',
        meter,
        replicas: { urls: places.map((place) => standbys[place]!.url), checkIntervalMs: 20, maxLagMs: 60_000, ...own },
      });
      // A standby that has just started is not level yet, and what comes before is not counted.
      if (places.length > 0) await runOutsideOfCalls(() => untilReadsRunOn('replica', database));
      reads.clear();
      return { database, reads, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
    },
  };
}

function countingMeter(): { readonly meter: Meter; readonly reads: Map<string, number> } {
  const reads = new Map<string, number>();
  const nothing = (): void => undefined;
  const meter: Meter = {
    counter: ({ name }) => ({
      add(value, labels = {}) {
        if (name !== 'mainstay.postgres.replica.reads') return;
        const place = labels['target'] === 'primary' ? `primary: ${labels['cause']}` : 'replica';
        reads.set(place, (reads.get(place) ?? 0) + value);
      },
    }),
    gauge: () => ({ set: nothing }),
    histogram: () => ({ record: nothing, recorder: () => undefined }),
  };
  return { meter, reads };
}

/** Adds a note on the primary. */
export async function write(database: Database, body: string): Promise<void> {
  await database.transaction((tx) => tx.query('INSERT INTO notes (body) VALUES ($1)', [body]));
}

/** What a read sees of a note, and where it ran. */
export async function look(
  database: Pick<Database, 'query'>,
  body: string,
): Promise<{ readonly seen: boolean; readonly on: 'replica' | 'primary'; readonly port: number }> {
  const { rows } = await database.query<{ seen: boolean; standby: boolean; port: number }>(
    'SELECT EXISTS (SELECT FROM notes WHERE body = $1) AS seen, pg_is_in_recovery() AS standby, inet_server_port() AS port',
    [body],
  );
  const { seen, standby, port } = rows[0]!;
  return { seen, on: standby ? 'replica' : 'primary', port };
}

/** Looks again and again until reads run there. */
export async function untilReadsRunOn(place: 'replica' | 'primary', database: Database): Promise<void> {
  while ((await look(database.reads, '')).on !== place);
}
