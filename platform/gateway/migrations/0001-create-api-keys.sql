-- compatible
-- Keys of clients. The key itself is not kept: `prefix` is its public part, `sha256` what the whole of it hashes to.
create table api_keys (
  prefix text primary key constraint api_keys_prefix_shape check (prefix ~ '^[0-9a-f]{12}$'),
  sha256 bytea not null constraint api_keys_sha256_length check (octet_length(sha256) = 32),
  client text not null,
  tier text not null,
  tenant text,
  -- Empty allows every route.
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  -- Prefix of the key that takes its place.
  replaced_by text,
  -- Grows with every change, in the order of the commits, so that replicas can ask for what is new.
  revision bigint not null
);

create sequence api_key_revisions owned by api_keys.revision;
create unique index api_keys_revision_idx on api_keys (revision);
