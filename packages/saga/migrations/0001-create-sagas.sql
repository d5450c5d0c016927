-- compatible
-- One row per saga. available_at is the moment from which any runner may claim it: the due time of its next action, or,
-- while it has an owner, the end of the owner's lease. Every claim raises epoch, and every write names the epoch.
create table sagas (
  id text primary key,
  name text not null,
  version integer not null,
  subject text not null,
  status text not null,
  state jsonb not null,
  steps jsonb not null,
  reason jsonb,
  cancel_reason text,
  cancel_requested_at timestamptz,
  needs_intervention boolean not null default false,
  available_at timestamptz not null,
  owner text,
  epoch integer not null default 0,
  deadline_at timestamptz not null,
  traceparent text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz,
  constraint sagas_status_known check (status in ('running', 'compensating', 'completed', 'compensated')),
  constraint sagas_ended_has_no_owner check (ended_at is null or owner is null),
  constraint sagas_ended_when_final check ((ended_at is null) = (status in ('running', 'compensating')))
);

-- Claims: the live sagas by due time. Ended ones leave the index, so it stays as small as the work at hand.
create index sagas_available_idx on sagas (available_at) where ended_at is null;
create index sagas_subject_idx on sagas (subject);

-- History: never changed, never deleted. Written only by the statement that changes the saga's row, so it needs no
-- foreign key to stay true.
create table saga_transitions (
  saga_id text not null,
  sequence bigint generated always as identity,
  at timestamptz not null,
  epoch integer not null,
  owner text,
  kind text not null,
  step text,
  attempt integer,
  detail jsonb not null,
  constraint saga_transitions_pkey primary key (saga_id, sequence)
);
