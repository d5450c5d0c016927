import { faultPoint, isPlatformError, PlatformError, uuidv7 } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import { postgresReasons as reasons } from '../errors.ts';
import { propagationRefused } from '../transaction/propagation.ts';
import type { DecisionLog } from './decision-log.ts';
import { endPrepared, prepare, type TwoPhaseTransaction } from './participant.ts';
import type { PreparedName } from './prepared-name.ts';
import type { Outcome } from './resolution.ts';
import type { TwoPhaseMetrics } from './two-phase-metrics.ts';
import type { ResolvedTwoPhaseOptions } from './two-phase-options.ts';

/** What a run stands on. */
export interface TwoPhaseHost {
  readonly options: ResolvedTwoPhaseOptions;
  readonly log: DecisionLog;
  readonly metrics: TwoPhaseMetrics;
}

/** What is done in the participants, by their names. */
export type TwoPhaseWork<T> = (parts: Readonly<Record<string, TwoPhaseTransaction>>) => Promise<T>;

/** Runs a function in one transaction of each participant: all are committed, or none. */
export async function runTwoPhase<T>(host: TwoPhaseHost, work: TwoPhaseWork<T>): Promise<T> {
  const { clock, name } = host.options;
  refuseInside(name);
  const id = uuidv7(clock);
  const startedAtMs = clock.monotonicMs();
  const ended = (outcome: Outcome | 'in_doubt'): void =>
    host.metrics.ended(outcome, (clock.monotonicMs() - startedAtMs) / 1_000);

  const prepared: PreparedName[] = [];
  let result: T;
  try {
    result = await prepareAll(host, { id, prepared, work });
    await faultPoint('two-phase.before-decision');
  } catch (error) {
    await endAll(host, prepared, 'abort');
    ended('abort');
    throw error;
  }
  const decision = await decideToCommit(host, id).catch(async (error: unknown) => {
    if (isPlatformError(error, reasons.TWO_PHASE_IN_DOUBT)) ended('in_doubt');
    else {
      await endAll(host, prepared, 'abort');
      ended('abort');
    }
    throw error;
  });
  await faultPoint('two-phase.after-decision');
  await endAll(host, prepared, decision);
  ended(decision);
  if (decision === 'commit') return result;
  throw new PlatformError(
    reasons.TWO_PHASE_ABANDONED,
    `${name} was prepared for longer than ${host.options.abandonAfterMs} ms, so recovery rolled it back`,
  );
}

interface Preparing<T> {
  readonly id: string;
  /** Grows with what stands prepared. */
  readonly prepared: PreparedName[];
  readonly work: TwoPhaseWork<T>;
}

/** Opens one transaction inside the other; the function runs in the innermost, and they are prepared from the inside out. */
async function prepareAll<T>({ options }: TwoPhaseHost, { id, prepared, work }: Preparing<T>): Promise<T> {
  const { name: coordinator, timeoutMs } = options;
  const participants = [...options.participants];
  const parts: Record<string, TwoPhaseTransaction> = {};
  const prepareFrom = async (place: number): Promise<T> => {
    const entry = participants[place];
    if (entry === undefined) return await work(parts);
    const [participant, database] = entry;
    const name = { coordinator, id, participant };
    let result: T;
    try {
      result = await prepare(database, { ...name, timeoutMs }, async (tx) => {
        parts[participant] = tx;
        return await prepareFrom(place + 1);
      });
    } catch (error) {
      // It may have been prepared all the same.
      if (isPlatformError(error) && error.executed !== 'no') prepared.push(name);
      throw error;
    }
    prepared.push(name);
    await faultPoint('two-phase.after-prepare');
    return result;
  };
  return await prepareFrom(0);
}

/**
 * Writes the decision.
 *
 * @throws {@link PlatformError} `TWO_PHASE_IN_DOUBT` when nobody can say whether it was written; any other error says that it was not.
 */
async function decideToCommit({ log, options }: TwoPhaseHost, id: string): Promise<Outcome> {
  try {
    return await log.decide(id, 'commit');
  } catch (error) {
    if (isPlatformError(error) && error.executed === 'no') throw error;
    throw new PlatformError(
      reasons.TWO_PHASE_IN_DOUBT,
      `the decision of ${options.name} ${id} may have been written or not; recovery will end it`,
      { cause: error, metadata: { id } },
    );
  }
}

/** Carries out what is decided, in all parts at once; one that cannot be reached is left to recovery. */
async function endAll({ options }: TwoPhaseHost, prepared: readonly PreparedName[], outcome: Outcome): Promise<void> {
  const work = prepared.map(async (name) => {
    try {
      await faultPoint('two-phase.before-end');
      await endPrepared(options.participants.get(name.participant)!, name, outcome);
      await faultPoint('two-phase.after-end');
    } catch (error) {
      options.logger.warn('a prepared transaction is left to recovery', { ...name, outcome, error });
    }
  });
  await Promise.all(work);
}

function refuseInside(name: string): void {
  const context = currentContext();
  for (let at = context?.transaction; at !== undefined; at = at.outer) {
    if (at.isOpen) throw propagationRefused(name, at.name);
  }
  // The record of a key would be claimed in a transaction whose end is not its own.
  if (context?.effect !== undefined) throw propagationRefused(name, 'of a keyed call');
}
