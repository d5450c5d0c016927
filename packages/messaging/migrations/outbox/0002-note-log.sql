-- compatible
-- The log of the bus that has the events which are marked; '' while the bus has none. One row at most.
create table outbox_log (
  one_row boolean primary key default true,
  log text not null,
  constraint outbox_log_one_row check (one_row)
);
