import { faultPoint, isPlatformError, PlatformError, toPlatformError } from '@mainstay/kernel';
import { interrupted, stepFailed, stepSucceeded, takenOver } from '../core/advance.ts';
import { beginCompensation, undoFailed, undoSucceeded } from '../core/compensation.ts';
import { type Decision, decideNext } from '../core/decide.ts';
import { type Change, currentStepIndex } from '../core/record.ts';
import { sagaReasons } from '../errors.ts';
import { type AttemptOutcome, makeAttempt } from './attempt.ts';
import { type ClaimAfter, checkpoint } from './checkpoint.ts';
import type { HeldSaga } from './held-saga.ts';
import type { SagaRuntime } from './runtime.ts';

type Attempt = Extract<Decision, { readonly act: 'run' | 'undo' }>;

/**
 * Takes a claimed saga as far as it gets: to its end, to a pause, or to the stop of the engine.
 *
 * Returns with the claim given up. Rejects when the claim was lost or the database did not answer; then the lease runs
 * out and some runner, this one or another, reads the truth from the row and goes on.
 */
export async function drive(
  runtime: SagaRuntime,
  held: HeldSaga,
  previousOwner: string | null,
): Promise<Exclude<ClaimAfter, 'kept'>> {
  if (previousOwner !== null) {
    const after = await checkpoint(runtime, held, { change: takenOver(held.record, previousOwner) });
    if (after !== 'kept') return after;
  }
  for (;;) {
    const { plan } = held.definition;
    const decision = decideNext(held.record, plan, runtime.clock.nowMs());
    if (decision.act === 'rest' || decision.act === 'wait' || runtime.isStopping()) {
      const change = { record: held.record, transitions: [] };
      const after = await checkpoint(runtime, held, { change, release: true });
      return after === 'ended' ? 'ended' : 'released';
    }
    checkLease(runtime, held);
    const after =
      decision.act === 'compensate'
        ? await checkpoint(runtime, held, { change: turnRound(runtime, held, decision.because) })
        : await attempt(runtime, held, decision);
    if (after !== 'kept') return after;
  }
}

async function attempt(runtime: SagaRuntime, held: HeldSaga, decision: Attempt): Promise<ClaimAfter> {
  const { stepIndex, act: kind } = decision;
  const step = held.record.steps[stepIndex]!.name;
  const outcome = await makeAttempt(runtime, held, { stepIndex, kind });
  if (!outcome.ok && held.signal.aborted) return await giveUp(runtime, held);
  count(runtime, held, { step, kind, outcome: outcome.ok ? 'ok' : outcome.error.reason });
  const before = held.record.needsIntervention;
  const after = await store(runtime, held, { decision, outcome });
  if (!before && held.record.needsIntervention) reportIntervention(runtime, held, step);
  if (kind === 'run') await faultPoint(`saga.after-checkpoint:${step}`);
  return after;
}

// A local write that fails for good is a failure of the attempt: its effect elsewhere stands, so it is retried or undone
// like any other. What the database failed to do is not, and neither is a lost claim.
async function store(
  runtime: SagaRuntime,
  held: HeldSaga,
  input: { readonly decision: Attempt; readonly outcome: AttemptOutcome },
): Promise<ClaimAfter> {
  const { decision, outcome } = input;
  if (!outcome.ok)
    return await checkpoint(runtime, held, { change: failed(runtime, held, { decision, error: outcome.error }) });
  const change = succeeded(runtime, held, { decision, patch: outcome.patch });
  try {
    return await checkpoint(runtime, held, { change, writes: outcome.writes });
  } catch (error) {
    if (isPlatformError(error) && (error.reason === sagaReasons.SAGA_LEASE_LOST.name || error.retry !== 'never')) {
      throw error;
    }
    const step = held.record.steps[decision.stepIndex]?.name;
    runtime.logger.error('local writes of a saga step failed', { ...fields(held), step, error });
    const message = `local writes of step ${step} failed: ${toPlatformError(error).reason}`;
    const failure = new PlatformError(sagaReasons.SAGA_LOCAL_WRITE_FAILED, message, { cause: error });
    return await checkpoint(runtime, held, { change: failed(runtime, held, { decision, error: failure }) });
  }
}

function succeeded(
  runtime: SagaRuntime,
  held: HeldSaga,
  { decision, patch }: { readonly decision: Attempt; readonly patch: object },
): Change {
  const { act, stepIndex } = decision;
  const outcome = { stepIndex, patch, nowMs: runtime.clock.nowMs() };
  const { plan } = held.definition;
  return act === 'run' ? stepSucceeded(held.record, plan, outcome) : undoSucceeded(held.record, plan, outcome);
}

function failed(
  runtime: SagaRuntime,
  held: HeldSaga,
  { decision, error }: { readonly decision: Attempt; readonly error: PlatformError },
): Change {
  const { act, stepIndex } = decision;
  const outcome = { stepIndex, error, nowMs: runtime.clock.nowMs(), random: runtime.random() };
  const { plan } = held.definition;
  runtime.logger.warn(act === 'run' ? 'saga step failed' : 'saga compensation failed', {
    ...fields(held),
    step: held.record.steps[stepIndex]?.name,
    reason: error.reason,
    retry: error.retry,
    executed: error.executed,
  });
  return act === 'run' ? stepFailed(held.record, plan, outcome) : undoFailed(held.record, plan, outcome);
}

function turnRound(runtime: SagaRuntime, held: HeldSaga, because: 'canceled' | 'time_limit'): Change {
  const { record, definition } = held;
  const step = record.steps[currentStepIndex(record)];
  const canceled = because === 'canceled';
  return beginCompensation(record, definition.plan, {
    nowMs: runtime.clock.nowMs(),
    reason: {
      kind: because,
      step: step?.name ?? null,
      reason: canceled ? (record.cancelReason ?? '') : sagaReasons.SAGA_TIME_LIMIT.name,
      message: canceled ? 'somebody asked to cancel' : `not done within ${definition.plan.timeLimitMs} ms`,
      metadata: canceled || !step?.error ? {} : { last_reason: step.error.reason },
    },
  });
}

// Stopped in the middle of an attempt: the step counts as made, and the next runner repeats it under the same key.
async function giveUp(runtime: SagaRuntime, held: HeldSaga): Promise<ClaimAfter> {
  if (!isPlatformError(held.signal.reason, sagaReasons.SAGA_STOPPED)) throw held.signal.reason;
  await checkpoint(runtime, held, { change: interrupted(held.record), release: true });
  return 'released';
}

function checkLease(runtime: SagaRuntime, held: HeldSaga): void {
  if (runtime.clock.monotonicMs() < held.leaseEndsAtMs && !held.signal.aborted) return;
  throw new PlatformError(sagaReasons.SAGA_LEASE_LOST, `the lease of saga ${held.record.id} has ended`);
}

function count(
  runtime: SagaRuntime,
  held: HeldSaga,
  labels: { readonly step: string; readonly kind: string; readonly outcome: string },
): void {
  runtime.metrics.attempts.add(1, { saga: held.record.name, ...labels });
}

function reportIntervention(runtime: SagaRuntime, held: HeldSaga, step: string): void {
  runtime.metrics.interventions.add(1, { saga: held.record.name });
  runtime.logger.error('saga needs a person; it goes on being retried', { ...fields(held), step });
}

/** Fields that name a saga in a log line. */
export function fields(held: HeldSaga): Record<string, unknown> {
  const { id: sagaId, name: saga, subject, status } = held.record;
  return { sagaId, saga, subject, status };
}
