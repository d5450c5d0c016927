-- compatible
-- Whose personal data a grant shows. Null in grants from before there was one: they are in no token any more.
alter table role_grants add column customer_id uuid references users (id);
