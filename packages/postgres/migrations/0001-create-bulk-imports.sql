-- compatible
-- How far an import has come; written in the transaction of each batch.
CREATE TABLE bulk_imports (
  id text PRIMARY KEY CONSTRAINT bulk_imports_id_length CHECK (length(id) BETWEEN 1 AND 200),
  -- Names the content, so that an import does not go on with another one.
  digest text NOT NULL,
  state text NOT NULL CONSTRAINT bulk_imports_state_known CHECK (state IN ('running', 'stopped', 'completed')),
  lines_done bigint NOT NULL DEFAULT 0,
  imported bigint NOT NULL DEFAULT 0,
  rejected bigint NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE bulk_import_problems (
  import_id text NOT NULL REFERENCES bulk_imports (id) ON DELETE CASCADE,
  line bigint NOT NULL,
  field text NOT NULL,
  reason text NOT NULL,
  message text NOT NULL,
  CONSTRAINT bulk_import_problems_key PRIMARY KEY (import_id, line, field, reason)
);
