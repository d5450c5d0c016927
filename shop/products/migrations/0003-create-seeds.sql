-- compatible
create table seeds (
  name text primary key,
  at timestamptz not null default now()
);
