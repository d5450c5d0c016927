-- compatible
-- One row per saga: how it began, who has it, and how it stands. What happened to it is in its journal; the row changes
-- only when the saga changes hands, turns round, pauses or ends. available_at is the moment from which a runner may
-- claim it, unless it has an owner with a lease. Every claim raises epoch; every request from outside raises requests.
-- A write of a runner names both as it knows them, and is refused when they are others.
create table sagas (
  id text collate "C" primary key,
  name text not null,
  version integer not null,
  subject text not null,
  status text not null,
  -- Names of the steps: stages by commas, steps side by side by plus signs.
  stages text not null,
  state json not null,
  -- Kept apart from state and journal, so that they can be erased.
  secrets json,
  parent_id text collate "C",
  parent_step text,
  traceparent text,
  owner text,
  epoch integer not null,
  requests integer not null default 0,
  needs_intervention boolean not null default false,
  available_at timestamptz not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  constraint sagas_status_known check (status in ('running', 'compensating', 'completed', 'compensated')),
  constraint sagas_ended_has_no_owner check (ended_at is null or owner is null),
  constraint sagas_ended_when_final check ((ended_at is null) = (status in ('running', 'compensating')))
) with (fillfactor = 85);

-- Claims: the live sagas by due time. Ended ones leave the index, so it stays as small as the work at hand.
create index sagas_available on sagas (available_at) where ended_at is null;
create index sagas_subject on sagas (subject);

-- Everything that happened to a saga, one row for each durable write: never changed, never deleted. The record of a
-- saga is the fold of its journal. The key is also a fence: a runner names the next sequence it knows of, so of two
-- that believe to own a saga one is refused. Only runners write here, so it needs no foreign key to stay true.
create table saga_journal (
  saga_id text collate "C" not null,
  sequence integer not null,
  epoch integer not null,
  at timestamptz not null,
  transitions json not null,
  constraint saga_journal_pkey primary key (saga_id, sequence)
);

-- What others asked of a saga: cancellings, events, ends of child sagas, actions of operators; numbered from 1 for each
-- saga by its requests counter. The runner copies each into the journal when it takes it in.
create table saga_requests (
  saga_id text collate "C" not null,
  number integer not null,
  -- Of an event: the same key is taken once.
  key text,
  at timestamptz not null,
  transition json not null,
  constraint saga_requests_pkey primary key (saga_id, number),
  constraint saga_requests_key unique (saga_id, key)
);

-- Runners that live: one that has no row here, or one that is past, has lost its sagas.
create table saga_runners (
  id text primary key,
  lease_until timestamptz not null
);
