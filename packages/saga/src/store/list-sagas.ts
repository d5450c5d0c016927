import { optionError, type SqlExecutor } from '@mainstay/kernel';
import type { SagaStatus } from '../core/record.ts';
import { type SagaSummary, summarize } from '../core/summary.ts';
import { readJournals } from './claim.ts';
import { msOf, recordOf, type SagaRow, sagaColumns } from './rows.ts';

/** Which sagas are wanted; what is absent does not restrict. */
export interface SagaSearch {
  readonly statuses?: readonly SagaStatus[];
  /** Name of the definition. */
  readonly name?: string;
  readonly subject?: string;
  /** Only those started at this moment or earlier, epoch milliseconds. */
  readonly createdAtMost?: number;
  /** Only those that need a person. */
  readonly needsIntervention?: boolean;
  /** Only those behind this one, for the next page: the id of the last one seen. */
  readonly afterId?: string;
  /** 1 to 1,000, default 50. */
  readonly limit?: number;
}

/** A saga that does not get on. */
export interface StuckSaga extends SagaSummary {
  readonly ageMs: number;
}

// Primary key from its end, since ids grow with time; index sagas_subject when a subject is named.
const listSql = `
select ${sagaColumns} from sagas
where ($1::text[] is null or status = any($1)) and ($2::text is null or name = $2)
  and ($3::text is null or subject = $3) and ($4::timestamptz is null or created_at <= $4)
  and (not $5 or needs_intervention) and ($6::text is null or id < $6)
order by id desc limit $7`;

/**
 * Lists sagas, the newest first.
 *
 * Cost: two statements; reads the journals of those listed.
 */
export async function listSagas(sql: SqlExecutor, search: SagaSearch): Promise<readonly SagaSummary[]> {
  const { statuses, createdAtMost, limit = 50 } = search;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) {
    throw optionError('sagas.limit', 'an integer from 1 to 1000', limit);
  }
  const { rows } = await sql.query<SagaRow>(listSql, [
    statuses ?? null,
    search.name ?? null,
    search.subject ?? null,
    createdAtMost === undefined ? null : new Date(createdAtMost),
    search.needsIntervention === true,
    search.afterId ?? null,
    limit,
  ]);
  return await summaries(sql, rows);
}

// Index sagas_available, which holds the live ones only.
const stuckSql = `
select ${sagaColumns} from sagas
where ended_at is null and (needs_intervention or created_at <= $1) and ($2::text is null or subject = $2)
order by needs_intervention desc, created_at limit $3`;

/**
 * Lists sagas that need a person or are older than they should be, worst first.
 *
 * Cost: reads the live sagas, and the journals of those listed.
 */
export async function listStuck(
  sql: SqlExecutor,
  options: {
    readonly nowMs: number;
    readonly olderThanMs: number;
    readonly subject?: string | undefined;
    readonly limit: number;
  },
): Promise<readonly StuckSaga[]> {
  const before = new Date(options.nowMs - options.olderThanMs);
  const { rows } = await sql.query<SagaRow>(stuckSql, [before, options.subject ?? null, options.limit]);
  const found = await summaries(sql, rows);
  return found.map((saga) => ({ ...saga, ageMs: options.nowMs - saga.createdAtMs }));
}

async function summaries(sql: SqlExecutor, rows: readonly SagaRow[]): Promise<readonly SagaSummary[]> {
  if (rows.length === 0) return [];
  const journals = await readJournals(
    sql,
    rows.map(({ id }) => id),
  );
  return rows.map((row) =>
    summarize(recordOf(row, journals.get(row.id) ?? []), {
      owner: row.owner,
      availableAtMs: msOf(row.available_at),
      needsIntervention: row.needs_intervention,
    }),
  );
}
