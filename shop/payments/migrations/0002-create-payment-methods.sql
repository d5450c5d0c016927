-- compatible
-- The processor's token is kept encrypted; the keyed hash finds a token that was stored before.
create table payment_methods (
  id uuid primary key,
  user_id uuid not null,
  token_encrypted bytea not null,
  token_hash bytea not null,
  brand text not null,
  last4 text not null,
  expiry_month integer not null,
  expiry_year integer not null,
  created_at timestamptz not null default now(),
  constraint payment_methods_token_key unique (user_id, token_hash),
  constraint payment_methods_last4_shape check (last4 ~ '^[0-9]{4}$')
);
