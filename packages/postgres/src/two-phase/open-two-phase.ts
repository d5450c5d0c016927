import { createDecisionLog } from './decision-log.ts';
import { type InDoubtPart, listInDoubt } from './in-doubt.ts';
import { requirePreparing, type TwoPhaseTransaction } from './participant.ts';
import { recoverOnce } from './recover.ts';
import { runTwoPhase, type TwoPhaseHost, type TwoPhaseWork } from './run-two-phase.ts';
import { createTwoPhaseMetrics } from './two-phase-metrics.ts';
import { resolveTwoPhaseOptions, type TwoPhaseOptions } from './two-phase-options.ts';

/** Runs transactions over several databases, and ends what those that died have left. */
export interface TwoPhase<Participant extends string> {
  /**
   * Runs a function in one transaction of each participant: all of them are committed, or none.
   *
   * It resolves once the decision to commit is durable; a part that cannot be reached just then is committed by recovery, and seen from then on.
   *
   * Cost: a prepare and a commit for each participant and a commit for the decision; for two participants five waits for a disk instead of one, in four trips.
   *
   * @throws {@link PlatformError} what the function threw, everything rolled back; `TWO_PHASE_IN_DOUBT` when the decision may stand or not; `TWO_PHASE_ABANDONED`
   * when recovery was faster; `DATABASE_PROPAGATION_REFUSED` inside a transaction or a keyed call.
   */
  run<T>(work: (parts: Readonly<Record<Participant, TwoPhaseTransaction>>) => Promise<T>): Promise<T>;
  /** Looks once for what is left and ends it; returns the number of parts. Safe at any time. */
  recoverOnce(): Promise<number>;
  /** Looks again and again until the signal aborts, in one process at a time when there are leases. One process at least has to. */
  recover(signal: AbortSignal): Promise<void>;
  /** What stands prepared for longer than `abandonAfterMs`, with the way out. */
  inDoubt(): Promise<readonly InDoubtPart[]>;
}

/**
 * Makes a coordinator of transactions over several databases.
 *
 * @throws {@link PlatformError} `TWO_PHASE_UNAVAILABLE` when a participant cannot prepare transactions; `OPTION_INVALID`.
 * @example
 * const books = await openTwoPhase({ name: 'books', participants: { east, west }, decisions: east });
 * await books.run(async ({ east, west }) => {
 *   await east.query('UPDATE accounts SET amount = amount - 5 WHERE id = 1');
 *   await west.query('UPDATE accounts SET amount = amount + 5 WHERE id = 2');
 * });
 */
export async function openTwoPhase<const Participant extends string>(
  options: TwoPhaseOptions<Participant>,
): Promise<TwoPhase<Participant>> {
  const resolved = resolveTwoPhaseOptions(options);
  const { name, participants } = resolved;
  await Promise.all([...participants].map(([participant, database]) => requirePreparing(participant, database)));
  const host: TwoPhaseHost = {
    options: resolved,
    log: createDecisionLog(resolved.decisions, name),
    metrics: createTwoPhaseMetrics(resolved.meter, name),
  };
  return {
    run: (work) => runTwoPhase(host, work as TwoPhaseWork<never>),
    recoverOnce: () => recoverOnce(host),
    inDoubt: () => listInDoubt(host),
    async recover(signal) {
      const { leases } = resolved;
      if (leases === undefined) await recoverUntil(host, signal);
      else await leases.run(`two-phase-${name}`, (lease) => recoverUntil(host, lease.signal), signal);
    },
  };
}

async function recoverUntil(host: TwoPhaseHost, signal: AbortSignal): Promise<void> {
  const { clock, logger, name, recoverEveryMs } = host.options;
  while (!signal.aborted) {
    try {
      await recoverOnce(host);
    } catch (error) {
      logger.warn('recovery of prepared transactions failed', { coordinator: name, error });
    }
    // Rejects when the signal aborts, which ends the loop.
    await clock.sleep(recoverEveryMs, signal).catch(() => undefined);
  }
}
