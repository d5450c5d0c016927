import type { SqlExecutor } from '@mainstay/kernel';
import type { SagaRecord } from '../core/record.ts';
import { type JournalRow, recordOf, type SagaRow, sagaColumns } from './rows.ts';

/** A saga that a runner owns; `epoch` is what its writes must name. */
export interface ClaimedSaga {
  readonly record: SagaRecord;
  readonly epoch: number;
  /** Of the last entry of its journal; 0 when there is none. */
  readonly sequence: number;
  /** Set when the saga was taken from a runner that lost it. */
  readonly previousOwner: string | null;
  /** There are requests that its journal does not have yet. */
  readonly hasNews: boolean;
}

/** Which sagas a runner wants. */
export interface ClaimOptions {
  readonly owner: string;
  readonly nowMs: number;
  readonly limit: number;
  /** What the runner can drive: a saga whose steps are others than its definition's is left alone. */
  readonly definitions: readonly {
    readonly name: string;
    readonly version: number;
    /** Null: whatever its steps are. */
    readonly stages: string | null;
  }[];
  /** Sagas in its name that are due since this moment are taken when it does not have them in hand. */
  readonly ownDueBeforeMs: number;
  /** Sagas that it has in hand. */
  readonly held: readonly string[];
  /** Only these ids; absent: whatever is due. */
  readonly ids?: readonly string[];
}

// Index sagas_available (or the primary key when ids are given). Free are sagas without an owner, those whose owner
// has no lease, and those that stand in the runner's own name while it does not have them, because an answer was lost
// or nobody woke it; that shows after a while only, because a new one may be on its way into its hands. Whether a lease
// has ended is for the server's clock to say, whether a saga is due for the runner's.
// Row locks on what is picked; rows that others are claiming or writing are skipped, so runners never wait for each
// other. READ COMMITTED is enough: a picked row is locked before it is changed, and read under that lock.
const claimSql = (byIds: boolean): string => `
with due as (
  select id, owner as previous_owner from sagas
  where ended_at is null and available_at <= $1
    and (owner is null
         or owner = $2 and available_at <= $8 and id <> all ($6::text[])
         or owner <> $2 and not exists (
              select from saga_runners where saga_runners.id = sagas.owner and saga_runners.lease_until > now()))
    and exists (
      select from unnest($3::text[], $4::integer[], $7::text[]) as known (name, version, stages)
      where known.name = sagas.name and known.version = sagas.version
        and (known.stages is null or known.stages = sagas.stages))
    ${byIds ? 'and id = any ($9::text[])' : ''}
  order by available_at
  limit $5
  for no key update skip locked
)
update sagas set owner = $2, epoch = epoch + 1
from due where sagas.id = due.id
returning ${sagaColumns}, due.previous_owner`;

const claimDueSql = claimSql(false);
const claimIdsSql = claimSql(true);

// Primary key. Read after the claim has committed, so that every entry of earlier owners is there, or will be refused.
const journalSql = `
select saga_id, sequence, epoch, at, transitions from saga_journal
where saga_id = any ($1::text[])
order by saga_id, sequence`;

/** Reads the journals of sagas, by saga. */
export async function readJournals(
  sql: SqlExecutor,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly JournalRow[]>> {
  const { rows } = await sql.query<JournalRow>(journalSql, [ids], { prepareAs: 'mainstay-saga-journals' });
  return Map.groupBy(rows, (row) => row.saga_id);
}

/** Claims sagas that are due, or some of the ids given; at most `limit`. Cost: one statement, and one to read them. */
export async function claimSagas(sql: SqlExecutor, options: ClaimOptions): Promise<readonly ClaimedSaga[]> {
  const values: unknown[] = [
    new Date(options.nowMs),
    options.owner,
    options.definitions.map(({ name }) => name),
    options.definitions.map(({ version }) => version),
    options.limit,
    options.held,
    options.definitions.map(({ stages }) => stages),
    new Date(options.ownDueBeforeMs),
  ];
  if (options.ids !== undefined) values.push(options.ids);
  const { rows } = await sql.query<SagaRow & { readonly previous_owner: string | null }>(
    options.ids === undefined ? claimDueSql : claimIdsSql,
    values,
    { prepareAs: options.ids === undefined ? 'mainstay-saga-claim' : 'mainstay-saga-claim-ids' },
  );
  if (rows.length === 0) return [];
  const journals = await readJournals(
    sql,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => {
    const journal = journals.get(row.id) ?? [];
    const record = recordOf(row, journal);
    return {
      record,
      hasNews: row.requests > record.requestCount,
      epoch: row.epoch,
      sequence: journal.at(-1)?.sequence ?? 0,
      previousOwner: row.previous_owner,
    };
  });
}
