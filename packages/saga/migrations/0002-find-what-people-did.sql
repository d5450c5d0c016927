-- compatible
-- What operators asked of sagas, newest first; of all requests they are few.
create index saga_requests_by_hand on saga_requests (at)
where transition ->> 'kind' in ('retried_by_hand', 'skipped_by_hand', 'turned_by_hand', 'resolved_by_hand');
