-- compatible
create table signing_keys (
  kid text primary key,
  private_jwk jsonb not null,
  created_at timestamptz not null default now()
);
create index signing_keys_created_at on signing_keys (created_at desc);
