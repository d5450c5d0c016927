import type { SqlExecutor } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';

/** Adds a row to the table of the fixture `first`. */
export const add = (sql: SqlExecutor, body: string) => sql.query('INSERT INTO notes (body) VALUES ($1)', [body]);

/** What stands in the table, sorted. */
export async function bodies(database: Database): Promise<readonly string[]> {
  const { rows } = await database.query<{ body: string }>('SELECT body FROM notes ORDER BY body');
  return rows.map((row) => row.body);
}

/** The error that work ends with. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
}

/** Resolves for everybody when the last of `count` has arrived; those who come later pass. */
export function barrier(count: number): () => Promise<void> {
  const open = Promise.withResolvers<void>();
  let arrived = 0;
  return () => {
    arrived++;
    if (arrived === count) open.resolve();
    return open.promise;
  };
}
