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
}

// Roles go as JSON, since an array of arrays cannot have rows of different lengths.
const insert = `
  insert into clear_reads (user_id, roles, client, method, path, trace_id)
  select user_id, array(select jsonb_array_elements_text(roles)), client, method, path, trace_id
  from unnest($1::text[], $2::jsonb[], $3::text[], $4::text[], $5::text[], $6::text[])
    as read (user_id, roles, client, method, path, trace_id)`;
// By the primary key.
const latest = `
  select at, user_id as "userId", roles, client, method, path, trace_id as "traceId"
  from clear_reads order by id desc limit $1`;

/** Keeps the record in the gateway's database; rows stay until somebody removes them there. */
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
      ]);
    },
    latest: async (count) => (await sql.query<RecordedClearRead>(latest, [count])).rows,
  };
}
