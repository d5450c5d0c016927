import type { PlatformError } from '@mainstay/kernel';
import { backoffMs } from './backoff.ts';
import { errorRecord, replaceStep, transition, withoutSecrets } from './parts.ts';
import type { SagaPlan } from './plan.ts';
import type { Change, SagaReason, SagaRecord, StepRecord } from './record.ts';

/**
 * Turns a running saga round: says why, and which steps are to be undone.
 *
 * Undone is every step with a counter-action that completed or may have run; so counter-actions must be safe for work
 * that never happened. With nothing to undo the saga ends at once. What only forward steps need is erased.
 */
export function beginCompensation(
  record: SagaRecord,
  plan: SagaPlan,
  input: { readonly reason: SagaReason; readonly nowMs: number },
): Change {
  const { reason, nowMs } = input;
  const { kind, step: dueStep, reason: why } = reason;
  const transitions = [transition('compensating', { step: dueStep, detail: { kind, reason: why } })];
  const steps = record.steps.map((step, index): StepRecord => {
    const ran = step.status === 'completed' || step.mayHaveRun;
    if (ran && plan.steps[index]?.undoable === true) {
      return { ...step, undo: { status: 'pending', attempts: 0, dueAtMs: nowMs, error: null } };
    }
    if (ran || step.status !== 'in_progress') return step;
    if (step.error !== null) return { ...step, status: 'failed', endedAtMs: nowMs };
    transitions.unshift(transition('step_withdrawn', { step: step.name, attempt: step.attempts }));
    return { ...step, status: 'pending', attempts: 0, startedAtMs: null };
  });
  const state = withoutSecrets(record.state, plan);
  const turned: SagaRecord = { ...record, status: 'compensating', reason, steps, state, needsIntervention: false };
  return endWhenUndone({ record: turned, transitions }, nowMs);
}

/** A counter-action succeeded. */
export function undoSucceeded(
  record: SagaRecord,
  plan: SagaPlan,
  outcome: { readonly stepIndex: number; readonly patch: object; readonly nowMs: number },
): Change {
  const { stepIndex, nowMs } = outcome;
  const step = record.steps[stepIndex]!;
  const undo = { ...step.undo!, status: 'done' as const };
  const steps = replaceStep(record.steps, stepIndex, { status: 'compensated', endedAtMs: nowMs, undo });
  const undone: SagaRecord = { ...record, steps, state: { ...record.state, ...outcome.patch } };
  const transitions = [transition('undo_completed', { step: step.name, attempt: undo.attempts + 1 })];
  return endWhenUndone({ record: withIntervention(undone, plan), transitions }, nowMs);
}

/** A counter-action failed: it is tried again later, for ever, whatever the error says. */
export function undoFailed(
  record: SagaRecord,
  plan: SagaPlan,
  outcome: {
    readonly stepIndex: number;
    readonly error: PlatformError;
    readonly nowMs: number;
    readonly random: number;
  },
): Change {
  const { stepIndex, error, nowMs } = outcome;
  const step = record.steps[stepIndex]!;
  const attempts = step.undo!.attempts + 1;
  const failures = { failureCount: attempts, random: outcome.random, floorMs: error.retryAfterMs };
  const dueAtMs = nowMs + backoffMs(plan.undoBackoff, failures);
  const undo = { status: 'pending' as const, attempts, dueAtMs, error: errorRecord(error) };
  const steps = replaceStep(record.steps, stepIndex, { undo });
  const { reason, rawMessage: message } = error;
  return {
    record: withIntervention({ ...record, steps }, plan),
    transitions: [
      transition('undo_failed', {
        step: step.name,
        attempt: attempts,
        detail: { reason, message, due_at_ms: dueAtMs },
      }),
    ],
  };
}

// An error that says never is tried again all the same (a person may have repaired the cause), but shown at once.
function withIntervention(record: SagaRecord, plan: SagaPlan): SagaRecord {
  const needsIntervention = record.steps.some(
    ({ undo }) =>
      undo?.status === 'pending' && (undo.error?.retry === 'never' || undo.attempts >= plan.interventionAfterAttempts),
  );
  return { ...record, needsIntervention };
}

function endWhenUndone(change: Change, nowMs: number): Change {
  if (change.record.steps.some((step) => step.undo?.status === 'pending')) return change;
  const record: SagaRecord = { ...change.record, status: 'compensated', endedAtMs: nowMs, needsIntervention: false };
  return { record, transitions: [...change.transitions, transition('compensated')] };
}
