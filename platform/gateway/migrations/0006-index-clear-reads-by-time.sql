-- compatible
-- For the removal of old rows.
create index clear_reads_at_idx on clear_reads (at);
