import type { SqlExecutor } from '@mainstay/kernel';

/** A call of several transactions that began and did not end, and that nobody works on. */
export interface UnfinishedCall {
  /** Operation and caller. */
  readonly scope: string;
  /** Names its effect, the same in every run for its key. */
  readonly effectId: string;
  /** How often somebody took it up. */
  readonly runs: number;
  /** When the last one who worked on it lost his lock. */
  readonly abandonedAt: Date;
}

/** Which unfinished calls are wanted. */
export interface UnfinishedQuery {
  /** Only those that were given up so long ago, in milliseconds. */
  readonly olderThanMs: number;
  readonly effectId?: string | undefined;
  readonly limit: number;
}

// Index idempotency_records_unfinished, which holds only calls in progress.
const listSql = `
SELECT scope, effect_id AS "effectId", epoch::integer AS runs, locked_until AS "abandonedAt" FROM idempotency_records
WHERE completed_at IS NULL AND expires_at > now() AND locked_until <= now() - $1 * interval '1 millisecond'
  AND ($2::text IS NULL OR effect_id::text = $2)
ORDER BY locked_until LIMIT $3`;

/** Lists calls that began and were given up, the oldest first; each goes on when its caller asks again. */
export async function listUnfinishedCalls(
  sql: SqlExecutor,
  { olderThanMs, effectId, limit }: UnfinishedQuery,
): Promise<readonly UnfinishedCall[]> {
  return (await sql.query<UnfinishedCall>(listSql, [olderThanMs, effectId ?? null, limit])).rows;
}
