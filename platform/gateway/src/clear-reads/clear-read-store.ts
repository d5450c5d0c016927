import type { SqlExecutor } from '@mainstay/kernel';

/** An answer with personal data of others in the clear. */
export interface ClearRead {
  readonly userId: string;
  readonly roles: readonly string[];
  /** By its API key or address. */
  readonly client: string;
  /** As `service.Method`. */
  readonly method: string;
  /** Of the request, without its query. */
  readonly path: string;
  readonly traceId: string;
  /** What was shown, for example `users.v1.User.email`. */
  readonly fields: readonly string[];
  /** Ids of the grants by which it was shown; empty when roles alone did. */
  readonly grants: readonly string[];
}

/** One that was recorded. */
export interface RecordedClearRead extends ClearRead {
  readonly at: Date;
}

/** The record of answers with personal data in the clear. */
export interface ClearReadStore {
  /** Records all of them, or throws. */
  record(reads: readonly ClearRead[]): Promise<void>;
  /** The last ones, newest first. */
  latest(count: number): Promise<readonly RecordedClearRead[]>;
  /** Removes the oldest of those that are older than this many days, at most `limit`; tells how many those were. */
  forget(keptDays: number, limit: number): Promise<number>;
}

// Lists go as JSON, since an array of arrays cannot have rows of different lengths.
const textsOf = (column: string): string => `array(select jsonb_array_elements_text(${column}))`;
const insert = `
  insert into clear_reads (user_id, roles, client, method, path, trace_id, fields, grants)
  select user_id, ${textsOf('roles')}, client, method, path, trace_id, ${textsOf('fields')}, ${textsOf('grants')}
  from unnest($1::text[], $2::jsonb[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::jsonb[])
    as read (user_id, roles, client, method, path, trace_id, fields, grants)`;
// By the primary key.
const latest = `
  select at, user_id as "userId", roles, client, method, path, trace_id as "traceId", fields, grants
  from clear_reads order by id desc limit $1`;

// By clear_reads_at_idx; replicas skip the rows that another one removes.
const forget = `
  delete from clear_reads where id in (
    select id from clear_reads where at < now() - $1 * interval '1 day' order by at limit $2 for update skip locked)`;

/** Keeps the record in the gateway's database. */
export function createClearReadStore(sql: SqlExecutor): ClearReadStore {
  return {
    async record(reads) {
      await sql.query(insert, [
        reads.map(({ userId }) => userId),
        reads.map(({ roles }) => JSON.stringify(roles)),
        reads.map(({ client }) => client),
        reads.map(({ method }) => method),
        reads.map(({ path }) => path),
        reads.map(({ traceId }) => traceId),
        reads.map(({ fields }) => JSON.stringify(fields)),
        reads.map(({ grants }) => JSON.stringify(grants)),
      ]);
    },
    latest: async (count) => (await sql.query<RecordedClearRead>(latest, [count])).rows,
    forget: async (keptDays, limit) => (await sql.query(forget, [keptDays, limit])).rowCount,
  };
}
