import { findStanding } from './recover.ts';
import type { Outcome } from './resolution.ts';
import type { TwoPhaseHost } from './run-two-phase.ts';

/** A part that stands prepared for longer than recovery should take: it keeps its locks, and stops the clean-up of old rows. */
export interface InDoubtPart {
  readonly id: string;
  readonly participant: string;
  /** As in `pg_prepared_xacts` of the participant. */
  readonly preparedName: string;
  readonly ageMs: number;
  /** `unknown`: the database of the decisions gave no answer. */
  readonly decision: Outcome | 'none' | 'unknown';
  /** What ends it, in a sentence for an operator. */
  readonly wayOut: string;
}

/** Lists what is stuck, oldest first. */
export async function listInDoubt(host: TwoPhaseHost): Promise<readonly InDoubtPart[]> {
  const { options, log } = host;
  const old = (await findStanding(host)).parts.filter(({ ageMs }) => ageMs >= options.abandonAfterMs);
  const decisions = await log.read(old.map(({ id }) => id)).catch(() => undefined);
  const parts = old.map(({ id, participant, preparedName, ageMs }): InDoubtPart => {
    const decision = decisions === undefined ? 'unknown' : (decisions.get(id) ?? 'none');
    return { id, participant, preparedName, ageMs, decision, wayOut: wayOut(preparedName, decision, id) };
  });
  return parts.sort((one, other) => other.ageMs - one.ageMs);
}

function wayOut(preparedName: string, decision: InDoubtPart['decision'], id: string): string {
  if (decision === 'unknown') {
    return (
      `Bring the database of the decisions back, and recovery ends it. If it is lost for good, look into every participant: ` +
      `where one was committed COMMIT PREPARED '${preparedName}', else ROLLBACK PREPARED '${preparedName}'`
    );
  }
  if (decision === 'none') {
    return (
      `Start a process that runs recovery. By hand: INSERT INTO two_phase_decisions (id, coordinator, outcome) ` +
      `VALUES ('${id}', 'operator', 'abort'), and when that adds a row ROLLBACK PREPARED '${preparedName}'`
    );
  }
  const verb = decision === 'commit' ? 'COMMIT' : 'ROLLBACK';
  return `Start a process that runs recovery, or end it by hand: ${verb} PREPARED '${preparedName}'`;
}
