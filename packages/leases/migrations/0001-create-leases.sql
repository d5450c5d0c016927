-- compatible
-- One row per kind of work. Times are the server's. A free lease has no owner and is expired; a reserved one has an heir and
-- expires when the reservation does.
CREATE TABLE leases (
  name text NOT NULL CONSTRAINT leases_name_length CHECK (length(name) BETWEEN 1 AND 200),
  epoch integer NOT NULL CONSTRAINT leases_fence CHECK (epoch > 0),
  owner text,
  heir text,
  expires_at timestamptz NOT NULL,
  renewed_at timestamptz NOT NULL,
  acquired_at timestamptz NOT NULL,
  CONSTRAINT leases_key PRIMARY KEY (name),
  -- Makes the epoch part of a key: a change of holder waits for open transactions with a fenced write (FOR KEY SHARE), a renewal does not.
  CONSTRAINT leases_name_epoch_key UNIQUE (name, epoch),
  CONSTRAINT leases_owner_or_heir CHECK (owner IS NULL OR heir IS NULL)
);
