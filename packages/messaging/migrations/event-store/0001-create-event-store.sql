-- compatible
-- Streams of events that are the record of what they tell: never changed, never deleted. Versions of a stream are 1, 2, 3 …
create table stream_events (
  stream text not null,
  version bigint not null,
  sequence bigint generated always as identity,
  id uuid not null,
  type text not null,
  subject text not null,
  time timestamptz not null,
  traceparent text,
  actor text not null,
  data bytea not null,
  constraint stream_events_pkey primary key (stream, version)
);

-- The order in which projections are built anew.
create unique index stream_events_sequence_idx on stream_events (sequence);
create index stream_events_type_idx on stream_events (type, sequence);

-- What the events of a stream up to a version amount to; only saves time and may be deleted.
create table stream_snapshots (
  stream text not null,
  shape text not null,
  version bigint not null,
  state jsonb not null,
  taken_at timestamptz not null default clock_timestamp(),
  constraint stream_snapshots_pkey primary key (stream, shape)
);
