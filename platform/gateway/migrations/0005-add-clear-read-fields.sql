-- compatible
-- Which fields were shown, as `package.Message.field`, and by which grants of the users service.
alter table clear_reads
  add column fields text[] not null default '{}',
  add column grants text[] not null default '{}';
