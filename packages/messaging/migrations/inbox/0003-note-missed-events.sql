-- compatible
-- What a consumer that stands still has missed: events between missed_behind and missed_next, found at missed_since. It holds while the cursor is
-- still where it was found; whatever moves the cursor makes it void.
alter table inbox_cursors
  add column missed_since timestamptz,
  add column missed_behind bigint,
  add column missed_next bigint;
