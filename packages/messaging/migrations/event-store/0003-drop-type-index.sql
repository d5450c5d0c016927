-- compatible
-- Nothing looks for events by their type alone: streams are read by their name, projections by the sequence.
drop index stream_events_type_idx;
