-- compatible
create table sessions (
  id uuid primary key,
  user_id uuid not null references users (id),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  end_reason text,
  constraint sessions_end_reason_known check (
    end_reason in ('signed_out', 'token_reused', 'password_changed', 'deactivated')
  ),
  constraint sessions_end_complete check ((ended_at is null) = (end_reason is null))
);
create index sessions_user_id_open on sessions (user_id) where ended_at is null;
create index sessions_expires_at on sessions (expires_at);

-- Only the SHA-256 of a refresh token is kept; a used one stays until its session goes, to tell reuse.
create table refresh_tokens (
  token_hash bytea primary key,
  session_id uuid not null references sessions (id) on delete cascade,
  created_at timestamptz not null default now(),
  used_at timestamptz
);
create index refresh_tokens_session_id on refresh_tokens (session_id);

-- Failures are counted per e-mail address, known or not, so that a lock tells nothing about accounts.
create table sign_in_failures (
  email_hash bytea primary key,
  failure_count integer not null,
  last_failed_at timestamptz not null,
  locked_until timestamptz
);
