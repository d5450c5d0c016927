-- compatible
-- Where orders, payments, reservations and the processor's books disagree. One row for a kind and what it is about, for ever:
-- open while it stands, repaired when the repair was carried out, gone when the books agree again by themselves, resolved when
-- a person has dealt with it. A resolved one is not opened again.
create table disagreements (
  id uuid primary key,
  kind text not null,
  -- Id of the order, or the processor's reference of a charge that no order knows.
  subject text not null,
  message text not null,
  -- What would mend it; null when only a person can.
  repair text,
  attempts integer not null default 0,
  -- Reason of the last repair that failed.
  reason text,
  state text not null default 'open',
  found_at timestamptz not null,
  seen_at timestamptz not null,
  closed_at timestamptz,
  actor text,
  why text,
  constraint disagreements_once unique (kind, subject),
  constraint disagreements_state_known check (state in ('open', 'repaired', 'gone', 'resolved')),
  constraint disagreements_closed_when_not_open check ((state = 'open') = (closed_at is null)),
  constraint disagreements_resolved_by_whom check (state <> 'resolved' or (actor is not null and why is not null))
);
create index disagreements_open on disagreements (found_at) where state = 'open';
create index disagreements_resolved on disagreements (closed_at) where state = 'resolved';

-- How far the reconciler has come in what it walks over.
create table reconciliation_cursors (
  scan text primary key,
  position text not null,
  moved_at timestamptz not null
);
