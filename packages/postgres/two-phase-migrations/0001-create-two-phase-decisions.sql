-- compatible
-- One row for each transaction over several databases whose end is decided: `commit` by who runs it, before anything is committed; `abort` by the
-- recovery of one that was given up. The first of the two wins; a transaction without a row is not committed.
CREATE TABLE two_phase_decisions (
  id uuid PRIMARY KEY,
  coordinator text NOT NULL,
  outcome text NOT NULL CONSTRAINT two_phase_decisions_outcome_known CHECK (outcome IN ('commit', 'abort')),
  decided_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX two_phase_decisions_age ON two_phase_decisions (coordinator, decided_at);
