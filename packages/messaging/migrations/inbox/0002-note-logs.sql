-- compatible
-- The log of the bus in which the position stands; null until the consumer has looked.
alter table inbox_cursors add column log text;
