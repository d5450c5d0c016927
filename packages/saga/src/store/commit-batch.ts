import type { SqlExecutor } from '@mainstay/kernel';
import type { SagaStart, SagaWrite } from './saga-writes.ts';

/** What goes to the database together. */
export interface Batch {
  readonly writes: readonly SagaWrite[];
  readonly starts: readonly SagaStart[];
}

// Everything is looked up by primary key: scalar subqueries and laterals with a limit, which the planner can turn
// neither into a hash join nor into a scan, however old the statistics are that it made the plan with.
//
// started: sagas that are recorded and owned in one go; one whose answer was lost is recorded again by a no-op.
// moved: rows that change; their locks are taken without waiting, so that nobody's long transaction holds up a batch.
// appended: journals. Epoch and requests are compared in the statement that writes. The comparison reads a snapshot; a
// claim that commits in between is met by the key of the journal, of which the new owner takes the next sequence.
const batchSql = `
with started as (
  insert into sagas (id, name, version, subject, status, stages, state, secrets, traceparent, owner, epoch,
                     available_at, created_at)
  select new.id, new.name, new.version, new.subject, 'running', new.stages, new.state::json, new.secrets::json,
         new.traceparent, $1, 1, to_timestamp(new.at / 1000), to_timestamp(new.at / 1000)
  from unnest($2::text[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
              $10::float8[]) as new (id, name, version, subject, stages, state, secrets, traceparent, at)
  on conflict (id) do update set owner = excluded.owner
    where sagas.owner = excluded.owner and sagas.epoch = 1 and sagas.created_at = excluded.created_at
  returning id
), moved as (
  update sagas set
    status = move.status, owner = case when move.kept then $1 end,
    available_at = case when move.kept then sagas.available_at else to_timestamp(move.available / 1000) end,
    needs_intervention = move.intervention, secrets = case when not move.erases then sagas.secrets end,
    ended_at = case when move.status in ('completed', 'compensated') then to_timestamp(move.at / 1000) end
  from (
    select wanted.*, held.place
    from unnest($11::text[], $12::integer[], $13::integer[], $14::text[], $15::boolean[], $16::float8[],
                $17::boolean[], $18::boolean[], $19::float8[])
           as wanted (id, epoch, requests, status, kept, available, intervention, erases, at)
         cross join lateral (
           select sagas.ctid as place from sagas
           where sagas.id = wanted.id and sagas.epoch = wanted.epoch and sagas.requests = wanted.requests
           limit 1
           for no key update skip locked
         ) as held
  ) as move
  where sagas.ctid = move.place
  returning sagas.id
), appended as (
  insert into saga_journal (saga_id, sequence, epoch, at, transitions)
  select entry.id, entry.sequence, entry.epoch, to_timestamp(entry.at / 1000), entry.transitions::json
  from unnest($20::text[], $21::integer[], $22::integer[], $23::integer[], $24::float8[], $25::text[], $26::boolean[])
         as entry (id, epoch, requests, sequence, at, transitions, moves)
  where case
          when entry.moves then entry.id = any ((select array_agg(moved.id) from moved)::text[])
          else (select sagas.epoch = entry.epoch and sagas.requests = entry.requests from sagas where sagas.id = entry.id)
        end
  on conflict do nothing
  returning 1
)
select (select count(*) from appended)::integer as appended, (select array_agg(id) from started) as started`;

/** How much of a batch was written. */
export interface BatchResult {
  /** Checkpoints that were written; when fewer than sent, ask {@link explainRefusals} which. */
  readonly appended: number;
  /** Ids of the sagas that were recorded; null for none. */
  readonly started: readonly string[] | null;
}

/** Writes checkpoints and new sagas of one owner. Cost: one statement, whose plan is kept. */
export async function commitBatch(sql: SqlExecutor, owner: string, { writes, starts }: Batch): Promise<BatchResult> {
  const moves = writes.filter(({ move }) => move !== undefined);
  const { rows } = await sql.query<BatchResult>(
    batchSql,
    [
      owner,
      starts.map(({ id }) => id),
      starts.map(({ name }) => name),
      starts.map(({ version }) => version),
      starts.map(({ subject }) => subject),
      starts.map(({ stages }) => stages),
      starts.map(({ state }) => JSON.stringify(state)),
      starts.map(({ secrets }) => (secrets === null ? null : JSON.stringify(secrets))),
      starts.map(({ traceparent }) => traceparent),
      starts.map(({ atMs }) => atMs),
      moves.map(({ id }) => id),
      moves.map(({ epoch }) => epoch),
      moves.map(({ requests }) => requests),
      moves.map(({ move }) => move?.status),
      moves.map(({ move }) => move?.isKept),
      moves.map(({ move }) => move?.availableAtMs),
      moves.map(({ move }) => move?.needsIntervention),
      moves.map(({ move }) => move?.erasesSecrets),
      moves.map(({ atMs }) => atMs),
      writes.map(({ id }) => id),
      writes.map(({ epoch }) => epoch),
      writes.map(({ requests }) => requests),
      writes.map(({ sequence }) => sequence),
      writes.map(({ atMs }) => atMs),
      writes.map(({ transitions }) => JSON.stringify(transitions)),
      writes.map(({ move }) => move !== undefined),
    ],
    { prepareAs: 'mainstay-saga-batch' },
  );
  return rows[0] ?? { appended: 0, started: null };
}
