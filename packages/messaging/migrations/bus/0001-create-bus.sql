-- compatible
-- One row per source of events. last_position is raised in the statement that appends, so the row's lock makes appends of
-- one source come one after the other and positions become visible in their order, without gaps.
create table bus_sources (
  source text primary key,
  last_position bigint not null default 0,
  epoch bigint not null default 0
);

create table bus_events (
  source text not null,
  position bigint not null,
  id uuid not null,
  type text not null,
  subject text not null,
  time timestamptz not null,
  traceparent text,
  data bytea not null,
  published_at timestamptz not null default clock_timestamp(),
  constraint bus_events_pkey primary key (source, position),
  constraint bus_events_told_once unique (source, id)
);
