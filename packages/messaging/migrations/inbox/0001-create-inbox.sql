-- compatible
-- How far a consumer has come in each source. The position moves in the transaction of the effects it stands for.
create table inbox_cursors (
  consumer text not null,
  source text not null,
  position bigint not null default 0,
  epoch bigint not null default 0,
  constraint inbox_cursors_pkey primary key (consumer, source)
);

-- Events that had their effect, or are set aside below: a second delivery finds its id here.
create table inbox_events (
  consumer text not null,
  id uuid not null,
  source text not null,
  position bigint not null,
  seen_at timestamptz not null default clock_timestamp(),
  constraint inbox_events_pkey primary key (consumer, id)
);
-- What a rewind and a purge forget.
create index inbox_events_position_idx on inbox_events (consumer, source, position);

-- Events whose handling failed, and later ones of the same subject that wait behind them. `waiting` ones are tried again
-- at retry_at, oldest first; `dead` ones wait for a person.
create table inbox_parked (
  consumer text not null,
  source text not null,
  position bigint not null,
  id uuid not null,
  type text not null,
  subject text not null,
  time timestamptz not null,
  traceparent text,
  data bytea not null,
  state text not null default 'waiting',
  attempts integer not null default 0,
  retry_at timestamptz not null default clock_timestamp(),
  reason text,
  message text,
  parked_at timestamptz not null default clock_timestamp(),
  died_at timestamptz,
  constraint inbox_parked_pkey primary key (consumer, source, position),
  constraint inbox_parked_state_known check (state in ('waiting', 'dead')),
  constraint inbox_parked_dead_since check ((state = 'dead') = (died_at is not null))
);
create index inbox_parked_subject_idx on inbox_parked (consumer, source, subject, position) where state = 'waiting';
create index inbox_parked_dead_idx on inbox_parked (consumer, died_at) where state = 'dead';

-- What people did with dead letters; never changed, never deleted.
create table inbox_actions (
  sequence bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  action text not null,
  why text not null,
  consumer text not null,
  source text not null,
  position bigint not null,
  id uuid,
  type text,
  constraint inbox_actions_known check (action in ('replay', 'discard', 'rewind'))
);
