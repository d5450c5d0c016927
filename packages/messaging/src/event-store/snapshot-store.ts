import type { SqlExecutor } from '@mainstay/kernel';

/** State of a stream at a version, in a named shape. */
export interface Snapshot<State> {
  readonly stream: string;
  readonly shape: string;
  readonly version: bigint;
  readonly state: State;
}

/** The last snapshot of a stream in this shape. */
export async function readSnapshot<State>(
  sql: SqlExecutor,
  stream: string,
  shape: string,
): Promise<Snapshot<State> | undefined> {
  const text = 'select stream, shape, version, state from stream_snapshots where stream = $1 and shape = $2';
  return (await sql.query<Snapshot<State>>(text, [stream, shape])).rows[0];
}

// Primary key. Two readers may take one at once; the newer one stays.
const saveSql = `
insert into stream_snapshots as kept (stream, shape, version, state) values ($1, $2, $3, $4::jsonb)
on conflict (stream, shape) do update set version = excluded.version, state = excluded.state, taken_at = now()
where kept.version < excluded.version`;

/** Keeps a snapshot unless there is a newer one. */
export async function saveSnapshot<State>(sql: SqlExecutor, snapshot: Snapshot<State>): Promise<void> {
  const { stream, shape, version, state } = snapshot;
  await sql.query(saveSql, [stream, shape, version, JSON.stringify(state)]);
}
