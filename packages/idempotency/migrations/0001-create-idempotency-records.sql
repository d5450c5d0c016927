-- compatible
-- One row per operation, caller and key; it is written in the transaction of the effect it guards.
CREATE TABLE idempotency_records (
  scope text NOT NULL CONSTRAINT idempotency_records_scope_length CHECK (length(scope) BETWEEN 1 AND 512),
  key text NOT NULL CONSTRAINT idempotency_records_key_length CHECK (length(key) BETWEEN 1 AND 255),
  fingerprint bytea NOT NULL CONSTRAINT idempotency_records_fingerprint_size CHECK (length(fingerprint) = 32),
  response bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz,
  expires_at timestamptz NOT NULL,
  CONSTRAINT idempotency_records_key PRIMARY KEY (scope, key),
  CONSTRAINT idempotency_records_completed CHECK ((response IS NULL) = (completed_at IS NULL))
);

-- For the clean-up, which walks from the oldest on.
CREATE INDEX idempotency_records_expires_at ON idempotency_records (expires_at);
