-- compatible
-- Events that wait to be told, in the order they were written. A row is written in the transaction of the change it
-- tells of, and marked once the bus has it.
create table outbox (
  sequence bigint generated always as identity primary key,
  id uuid not null,
  type text not null,
  subject text not null,
  time timestamptz not null,
  traceparent text,
  data bytea not null,
  relayed_at timestamptz
);

-- What a relay looks for. Told rows leave it, so it stays as small as the backlog.
create index outbox_waiting_idx on outbox (sequence) where relayed_at is null;
