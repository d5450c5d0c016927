-- compatible
-- How far the projections that follow the streams have come. One whose row is missing begins with the first event.
create table projections (
  name text primary key,
  -- Every event up to this sequence is applied, but those of the gaps.
  position bigint not null default 0,
  -- Sequences up to the position that had not appeared yet when it was passed: [{"sequence": "7", "writers": ["3/12"]}].
  gaps jsonb not null default '[]',
  moved_at timestamptz not null default clock_timestamp()
);

-- Who had which projection made anew, and why; never changed.
create table projection_rebuilds (
  id bigint generated always as identity primary key,
  name text not null,
  actor text not null,
  why text not null,
  events bigint not null,
  at timestamptz not null default clock_timestamp(),
  constraint projection_rebuilds_why_given check (why <> '')
);
create index projection_rebuilds_name on projection_rebuilds (name, id);
