-- compatible
-- One row for each operation, caller and key. A call that is one transaction writes its row once, completed, with its effect; one of several
-- transactions writes it in the first of them, in progress, and completes it at its end.
CREATE TABLE idempotency_records (
  -- Operation and caller.
  scope text NOT NULL CONSTRAINT idempotency_records_scope_length CHECK (length(scope) BETWEEN 1 AND 512),
  key text NOT NULL CONSTRAINT idempotency_records_key_length CHECK (length(key) BETWEEN 1 AND 255),
  fingerprint bytea NOT NULL CONSTRAINT idempotency_records_fingerprint_size CHECK (length(fingerprint) = 32),
  -- Names the effect; the same in every run for the key.
  effect_id uuid NOT NULL,
  -- Grows at each new holder; what an old one writes names the old epoch and finds no row.
  epoch bigint NOT NULL,
  -- Until then nobody takes a call in progress over.
  locked_until timestamptz,
  -- The answer: a message or an error, and the headers that went with it.
  response bytea,
  error jsonb,
  headers jsonb,
  completed_at timestamptz,
  expires_at timestamptz NOT NULL,
  CONSTRAINT idempotency_records_key PRIMARY KEY (scope, key),
  CONSTRAINT idempotency_records_one_answer CHECK (response IS NULL OR error IS NULL),
  CONSTRAINT idempotency_records_completed CHECK ((completed_at IS NULL) = (response IS NULL AND error IS NULL)),
  CONSTRAINT idempotency_records_locked CHECK ((completed_at IS NULL) = (locked_until IS NOT NULL))
);

-- For the clean-up, which walks from the oldest on; rows are written in about that order.
CREATE INDEX idempotency_records_expires_at ON idempotency_records (expires_at);
