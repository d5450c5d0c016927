import { faultPoint } from '@mainstay/kernel';
import type { Database } from '../database/database.ts';
import { endPrepared, listPrepared, type PreparedTransaction } from './participant.ts';
import { decideResolution, type Outcome } from './resolution.ts';
import type { TwoPhaseHost } from './run-two-phase.ts';

/** What stands prepared, and where that could not be seen. */
export interface Standing {
  readonly parts: readonly PreparedTransaction[];
  /** Participants that gave no answer. */
  readonly unseen: readonly string[];
}

/** Looks into all participants. */
export async function findStanding({ options, metrics }: TwoPhaseHost): Promise<Standing> {
  const parts: PreparedTransaction[] = [];
  const unseen: string[] = [];
  const look = async ([participant, database]: readonly [string, Database]): Promise<void> => {
    try {
      const listed = await listPrepared(database, options.name);
      // Two participants may be one database.
      const own = listed.filter((part) => part.participant === participant);
      metrics.standing(participant, own.length, (own[0]?.ageMs ?? 0) / 1_000);
      parts.push(...own);
    } catch (error) {
      unseen.push(participant);
      options.logger.warn('a participant cannot be looked into', { coordinator: options.name, participant, error });
    }
  };
  await Promise.all([...options.participants].map(look));
  return { parts, unseen };
}

/**
 * Ends what coordinators have left: as decided, and by an abort what was given up. Safe at any time, and by several at once.
 *
 * @returns number of parts that it ended.
 * @throws {@link PlatformError} what the database of the decisions says: without it nothing can be ended.
 */
export async function recoverOnce(host: TwoPhaseHost): Promise<number> {
  const { options, log } = host;
  const { parts, unseen } = await findStanding(host);
  const ids = [...new Set(parts.map(({ id }) => id))];
  const decisions = await log.read(ids);
  let endedCount = 0;
  for (const id of ids) {
    const own = parts.filter((part) => part.id === id);
    const ageMs = Math.max(...own.map((part) => part.ageMs));
    const resolution = decideResolution({ decision: decisions.get(id), ageMs }, options.abandonAfterMs);
    if (resolution === 'wait') continue;
    const outcome = resolution === 'give_up' ? await log.decide(id, 'abort') : resolution;
    await faultPoint('two-phase.recovery-decided');
    endedCount += await endParts(host, own, outcome);
  }
  // A participant that was not seen may hold a part whose decision is needed still.
  if (unseen.length === 0) await log.forget(options.keepDecisionsMs, ids);
  return endedCount;
}

async function endParts(
  { options, metrics }: TwoPhaseHost,
  parts: readonly PreparedTransaction[],
  outcome: Outcome,
): Promise<number> {
  let endedCount = 0;
  for (const part of parts) {
    const { id, participant, ageMs } = part;
    try {
      if (!(await endPrepared(options.participants.get(participant)!, part, outcome))) continue;
    } catch (error) {
      options.logger.warn('a prepared transaction could not be ended', { id, participant, ageMs, outcome, error });
      continue;
    }
    endedCount += 1;
    metrics.recovered(outcome);
    options.logger.warn('a prepared transaction was ended by recovery', { id, participant, ageMs, outcome });
    await faultPoint('two-phase.recovery-ended');
  }
  return endedCount;
}
