-- compatible
-- Who was shown personal data of others in the clear, by a role; a row is there before the answer leaves.
create table clear_reads (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  user_id text not null,
  roles text[] not null,
  -- Client by its API key or address.
  client text not null,
  -- As `service.Method`.
  method text not null,
  -- Without the query, which may hold anything.
  path text not null,
  trace_id text not null
);

create index clear_reads_user_id_idx on clear_reads (user_id, at desc);
