-- compatible
-- Who was given a role for a time, by whom and why; rows are never removed, so the table is its own audit.
create table role_grants (
  id uuid primary key,
  user_id uuid not null references users (id),
  role text not null,
  reason text not null,
  granted_by uuid not null,
  granted_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_by uuid,
  constraint role_grants_role_known check (role in ('support')),
  constraint role_grants_ends_after_its_beginning check (expires_at > granted_at),
  constraint role_grants_revoked_complete check ((revoked_at is null) = (revoked_by is null))
);
create index role_grants_user_id on role_grants (user_id, granted_at desc);
