-- compatible
-- Calls that began and did not end, for operators; few. Not on locked_until, which a running call moves all the time.
CREATE INDEX idempotency_records_unfinished ON idempotency_records (expires_at) WHERE completed_at IS NULL;
