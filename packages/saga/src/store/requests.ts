import type { SqlExecutor } from '@mainstay/kernel';
import type { SagaStatus } from '../core/record.ts';
import type { RequestTransition } from '../core/transition.ts';

/** What became of a request: stored, or why not. */
export type RequestAnswer = 'requested' | 'repeated' | 'ended' | 'unknown';

/** Something asked of a saga. */
export interface SagaRequest {
  readonly id: string;
  readonly transition: RequestTransition;
  readonly nowMs: number;
  /** The same key is taken once for each saga. */
  readonly key?: string;
  /** A completed saga takes it too, and is live again. */
  readonly reopens?: boolean;
}

// Primary key. The lock on the saga's row keeps requests in order, and keeps a saga from ending without having taken in
// what was requested before: the write that ends it names the number of requests it knows.
const lockSql = 'select status, requests from sagas where id = $1 for no key update';

const insertSql = `
with stored as (
  insert into saga_requests (saga_id, number, key, at, transition) values ($1, $2, $3, $4, $5)
  on conflict on constraint saga_requests_key do nothing
  returning saga_id
)
update sagas set requests = $2, available_at = least(available_at, $4),
  status = case when ended_at is null then status else 'running' end, ended_at = null
from stored where sagas.id = stored.saga_id`;

/**
 * Asks something of a saga, in the caller's transaction.
 *
 * Locks the saga's row until the transaction ends. Take this lock before those on rows that the saga's steps write,
 * because its checkpoints lock in that order.
 */
export async function requestOf(
  tx: SqlExecutor,
  { id, transition, nowMs, key, reopens = false }: SagaRequest,
): Promise<{ readonly answer: RequestAnswer; readonly status?: SagaStatus }> {
  const { rows } = await tx.query<{ readonly status: SagaStatus; readonly requests: number }>(lockSql, [id]);
  const found = rows[0];
  if (found === undefined) return { answer: 'unknown' };
  const { status, requests } = found;
  if (status === 'compensated' || (status === 'completed' && !reopens)) return { answer: 'ended', status };
  const values = [id, requests + 1, key ?? null, new Date(nowMs), JSON.stringify(transition)];
  const { rowCount } = await tx.query(insertSql, values);
  return { answer: rowCount === 1 ? 'requested' : 'repeated', status };
}

/** A request as it is stored. */
export interface StoredRequest {
  readonly at: Date;
  readonly transition: RequestTransition;
}

/** Reads what was asked of a saga after the first `known` requests, in order. */
export async function readRequests(sql: SqlExecutor, id: string, known: number): Promise<readonly StoredRequest[]> {
  const { rows } = await sql.query<StoredRequest>(
    'select at, transition from saga_requests where saga_id = $1 and number > $2 order by number',
    [id, known],
  );
  return rows;
}
