import type { SqlExecutor } from '@mainstay/kernel';
import type { Change, SagaRecord } from '../core/record.ts';
import { recordOf, type SagaRow, sagaColumns } from './rows.ts';

/** A saga that a runner owns until its lease ends; `epoch` is what its writes must name. */
export interface ClaimedSaga {
  readonly record: SagaRecord;
  readonly epoch: number;
  /** Set when the saga was taken from a runner whose lease had ended. */
  readonly previousOwner: string | null;
}

/** Which sagas a runner wants and under which terms. */
export interface ClaimOptions {
  readonly owner: string;
  readonly nowMs: number;
  readonly leaseUntilMs: number;
  readonly limit: number;
  /** Definitions the runner knows. */
  readonly definitions: readonly { readonly name: string; readonly version: number }[];
  /** Only these ids; absent: whatever is due. */
  readonly ids?: readonly string[];
}

/** One checkpoint. */
export interface SagaWrite {
  readonly change: Change;
  readonly epoch: number;
  readonly owner: string;
  readonly nowMs: number;
  /** Keeps the claim until this moment; absent: gives it up. */
  readonly leaseUntilMs?: number;
  /** When the claim is given up: due at this moment. */
  readonly dueAtMs: number;
}

/** What a checkpoint learns; undefined in its place means that the claim is lost and nothing was written. */
export interface SavedSaga {
  readonly cancelReason: string | null;
}

const insertSql = `
with inserted as (
  insert into sagas (id, name, version, subject, status, state, steps, available_at, deadline_at, traceparent,
                     created_at, updated_at)
  values ($1, $2, $3, $4, 'running', $5::jsonb, $6::jsonb, $7, $8, $9, $7, $7)
  returning id
)
insert into saga_transitions (saga_id, at, epoch, kind, step, attempt, detail)
select inserted.id, $7, 0, entry ->> 'kind', entry ->> 'step', (entry ->> 'attempt')::integer, entry -> 'detail'
from inserted, jsonb_array_elements($10::jsonb) with ordinality as list (entry, position)
order by position`;

/** Inserts a new saga and its first lines of history, in the caller's transaction. */
export async function insertSaga(tx: SqlExecutor, { record, transitions }: Change): Promise<void> {
  await tx.query(insertSql, [
    record.id,
    record.name,
    record.version,
    record.subject,
    JSON.stringify(record.state),
    JSON.stringify(record.steps),
    new Date(record.createdAtMs),
    new Date(record.deadlineAtMs),
    record.traceparent,
    JSON.stringify(transitions),
  ]);
}

// Index sagas_available_idx (or the primary key when ids are given). Row locks on what is picked; rows that others are
// claiming or writing are skipped, so runners never wait for each other. READ COMMITTED is enough: a picked row is
// locked before it is changed, and the due time is read under that lock.
const claimSql = (byIds: boolean): string => `
with due as (
  select id, owner as previous_owner from sagas
  where ended_at is null and available_at <= $1
    and (name, version) in (select * from unnest($4::text[], $5::integer[]))
    ${byIds ? 'and id = any($7::text[])' : ''}
  order by available_at
  limit $6
  for update skip locked
)
update sagas set owner = $2, epoch = epoch + 1, available_at = $3, updated_at = $1
from due where sagas.id = due.id
returning ${sagaColumns}, due.previous_owner`;

const claimDueSql = claimSql(false);
const claimIdsSql = claimSql(true);

/** Claims sagas that are due, or some of the ids given; at most `limit`. Cost: one statement. */
export async function claimSagas(sql: SqlExecutor, options: ClaimOptions): Promise<readonly ClaimedSaga[]> {
  const values: unknown[] = [
    new Date(options.nowMs),
    options.owner,
    new Date(options.leaseUntilMs),
    options.definitions.map(({ name }) => name),
    options.definitions.map(({ version }) => version),
    options.limit,
  ];
  if (options.ids !== undefined) values.push(options.ids);
  const { rows } = await sql.query<SagaRow & { readonly previous_owner: string | null }>(
    options.ids === undefined ? claimDueSql : claimIdsSql,
    values,
  );
  return rows.map((row) => ({ record: recordOf(row), epoch: row.epoch, previousOwner: row.previous_owner }));
}

// Primary key; locks the saga's row. The epoch is compared in the statement that writes, so a runner that lost its
// claim changes nothing, neither the row nor the history. A cancel request that this runner has not seen makes the
// saga due at once instead of at the due time that is being stored.
const saveSql = `
with updated as (
  update sagas set
    status = $3, state = $4::jsonb, steps = $5::jsonb, reason = $6::jsonb, needs_intervention = $7, owner = $8,
    available_at = case when $8::text is null and cancel_reason is not null and $9 then least($10::timestamptz, $11::timestamptz)
                        else $10::timestamptz end,
    updated_at = $11, ended_at = $12
  where id = $1 and epoch = $2
  returning id, cancel_reason
), logged as (
  insert into saga_transitions (saga_id, at, epoch, owner, kind, step, attempt, detail)
  select updated.id, $11, $2, $13, entry ->> 'kind', entry ->> 'step', (entry ->> 'attempt')::integer, entry -> 'detail'
  from updated, jsonb_array_elements($14::jsonb) with ordinality as list (entry, position)
  order by position
)
select cancel_reason from updated`;

/**
 * Stores a checkpoint and its history in one statement.
 *
 * @returns undefined when the claim is lost; then nothing was written.
 */
export async function saveSaga(sql: SqlExecutor, write: SagaWrite): Promise<SavedSaga | undefined> {
  const { record, transitions } = write.change;
  const kept = record.endedAtMs === null && write.leaseUntilMs !== undefined;
  const { rows } = await sql.query<{ readonly cancel_reason: string | null }>(saveSql, [
    record.id,
    write.epoch,
    record.status,
    JSON.stringify(record.state),
    JSON.stringify(record.steps),
    record.reason === null ? null : JSON.stringify(record.reason),
    record.needsIntervention,
    kept ? write.owner : null,
    record.cancelReason === null,
    new Date(kept ? write.leaseUntilMs : write.dueAtMs),
    new Date(write.nowMs),
    record.endedAtMs === null ? null : new Date(record.endedAtMs),
    write.owner,
    JSON.stringify(transitions),
  ]);
  const row = rows[0];
  return row === undefined ? undefined : { cancelReason: row.cancel_reason };
}

// Primary key; skips rows that a checkpoint or a cancel request is writing, so one long transaction holds up no lease.
const renewSql = `
update sagas set available_at = $1
where id in (
  select sagas.id from sagas join unnest($3::text[], $4::integer[]) as held (id, epoch)
    on sagas.id = held.id and sagas.epoch = held.epoch
  where sagas.owner = $2
  for update of sagas skip locked
)
returning id`;

/**
 * Prolongs the leases of sagas in hand.
 *
 * @returns ids of those that were prolonged; one that is missing is lost, or just being written.
 */
export async function renewLeases(
  sql: SqlExecutor,
  options: {
    readonly owner: string;
    readonly leaseUntilMs: number;
    readonly held: readonly { readonly id: string; readonly epoch: number }[];
  },
): Promise<ReadonlySet<string>> {
  const { rows } = await sql.query<{ readonly id: string }>(renewSql, [
    new Date(options.leaseUntilMs),
    options.owner,
    options.held.map(({ id }) => id),
    options.held.map(({ epoch }) => epoch),
  ]);
  return new Set(rows.map(({ id }) => id));
}
