/** What a batch has; a statement for no more than that is planned in a fraction of the time. */
export interface BatchParts {
  readonly hasStarts: boolean;
  /** Some of its checkpoints change the saga's row. */
  readonly hasMoves: boolean;
  readonly hasWrites: boolean;
}

// Everything is looked up by primary key: scalar subqueries and laterals with a limit, which the planner can turn
// neither into a hash join nor into a scan, however old the statistics are that it made the plan with.

const startTypes = ['text', 'text', 'integer', 'text', 'text', 'text', 'text', 'text', 'float8'];
const moveTypes = ['text', 'integer', 'integer', 'text', 'boolean', 'float8', 'boolean', 'boolean', 'float8'];
const writeTypes = ['text', 'integer', 'integer', 'integer', 'float8', 'text', 'boolean'];

/** Sagas that are recorded and owned in one go; one whose answer was lost is recorded again by a no-op. */
const started = (arrays: string): string => `started as (
  insert into sagas (id, name, version, subject, status, stages, state, secrets, traceparent, owner, epoch,
                     available_at, created_at)
  select new.id, new.name, new.version, new.subject, 'running', new.stages, new.state::json, new.secrets::json,
         new.traceparent, $1::text, 1, to_timestamp(new.at / 1000), to_timestamp(new.at / 1000)
  from unnest(${arrays}) as new (id, name, version, subject, stages, state, secrets, traceparent, at)
  on conflict (id) do update set owner = excluded.owner
    where sagas.owner = excluded.owner and sagas.epoch = 1 and sagas.created_at = excluded.created_at
  returning id
)`;

/** Rows that change; their locks are taken without waiting, so that nobody's long transaction holds up a batch. */
const moved = (arrays: string): string => `moved as (
  update sagas set
    status = move.status, owner = case when move.kept then $1::text end,
    available_at = case when move.kept then sagas.available_at else to_timestamp(move.available / 1000) end,
    needs_intervention = move.intervention, secrets = case when not move.erases then sagas.secrets end,
    ended_at = case when move.status in ('completed', 'compensated') then to_timestamp(move.at / 1000) end
  from (
    select wanted.*, held.place
    from unnest(${arrays})
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
)`;

/**
 * Journals. Epoch and requests are compared in the statement that writes. The comparison reads a snapshot; a claim that commits in
 * between is met by the key of the journal, of which the new owner takes the next sequence.
 */
const appended = (arrays: string, hasMoves: boolean): string => {
  const isStill = `(select sagas.epoch = entry.epoch and sagas.requests = entry.requests from sagas where sagas.id = entry.id)`;
  const hasMoved = 'entry.id = any ((select array_agg(moved.id) from moved)::text[])';
  return `appended as (
  insert into saga_journal (saga_id, sequence, epoch, at, transitions)
  select entry.id, entry.sequence, entry.epoch, to_timestamp(entry.at / 1000), entry.transitions::json
  from unnest(${arrays}) as entry (id, epoch, requests, sequence, at, transitions, moves)
  where ${hasMoves ? `case when entry.moves then ${hasMoved} else ${isStill} end` : isStill}
  on conflict do nothing
  returning 1
)`;
};

/** Writes a statement whose values are the owner, when it has starts or moves, and the columns of starts, moves and writes, as far as it has them. */
export function batchStatement({ hasStarts, hasMoves, hasWrites }: BatchParts): string {
  let last = hasStarts || hasMoves ? 1 : 0;
  const arrays = (types: readonly string[]): string => types.map((type) => `$${(last += 1)}::${type}[]`).join(', ');
  const parts = [
    ...(hasStarts ? [started(arrays(startTypes))] : []),
    ...(hasMoves ? [moved(arrays(moveTypes))] : []),
    ...(hasWrites ? [appended(arrays(writeTypes), hasMoves)] : []),
  ];
  const appendedCount = hasWrites ? '(select count(*) from appended)::integer' : '0';
  const startedIds = hasStarts ? '(select array_agg(id) from started)' : 'null::text[]';
  return `with ${parts.join(', ')} select ${appendedCount} as appended, ${startedIds} as started`;
}
