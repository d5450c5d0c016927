-- compatible
-- Tells one log of a source from another one that was begun anew, in which positions begin at 1 again.
alter table bus_sources add column log uuid not null default gen_random_uuid();
