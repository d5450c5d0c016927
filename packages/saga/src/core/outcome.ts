import type { PlatformError } from '@mainstay/kernel';
import { backoffMs } from './backoff.ts';
import { isForwardOnly, type SagaPlan } from './plan.ts';
import type { ErrorRecord, SagaRecord } from './record.ts';
import type { Transition } from './transition.ts';

/** A failed call, and what is needed to choose the pause after it. */
export interface Failure {
  readonly stepIndex: number;
  readonly error: PlatformError;
  readonly nowMs: number;
  /** A number in [0, 1) for the jitter. */
  readonly random: number;
}

/**
 * What follows from a failed attempt of a step: another one later, or the end of the step.
 *
 * A step that can be inquired about is never given up while it is unknown whether it ran: it is asked first.
 */
export function stepFailure(record: SagaRecord, plan: SagaPlan, failure: Failure): Transition {
  const { stepIndex, error, nowMs, random } = failure;
  const step = record.steps[stepIndex]!;
  const stepPlan = plan.steps[stepIndex]!;
  const floorMs = error.retryAfterMs;
  const dueAtMs = nowMs + backoffMs(stepPlan.backoff, { failureCount: step.attempts, random, floorMs });
  const failed = { kind: 'step_failed', step: step.name, error: errorRecord(error) } as const;
  if (isForwardOnly(plan, stepPlan)) {
    const stuck = error.retry === 'never' || step.attempts >= plan.interventionAfterAttempts;
    return { ...failed, dueAtMs, ...(stuck && { stuck }) };
  }
  const spent = isSpent(record, plan, { stepIndex, dueAtMs });
  const asksFirst = stepPlan.inquirable && error.executed === 'maybe' && !spent;
  const retried = error.retry !== 'never' && !spent && (error.executed !== 'maybe' || stepPlan.retryUnknown);
  return asksFirst || retried ? { ...failed, dueAtMs } : failed;
}

/** What follows from an answered question: the step is done, is to be tried again, or has failed for good. */
export function inquiryAnswer(
  record: SagaRecord,
  plan: SagaPlan,
  answer: {
    readonly stepIndex: number;
    readonly isDone: boolean;
    readonly patch: object | undefined;
    readonly nowMs: number;
  },
): Transition {
  const { stepIndex, isDone, patch, nowMs } = answer;
  const step = record.steps[stepIndex]!;
  if (isDone) return { kind: 'step_completed', step: step.name, ...(patch && { patch }), inquired: true };
  const mayTryAgain = step.error?.retry !== 'never' && !isSpent(record, plan, { stepIndex, dueAtMs: nowMs });
  if (mayTryAgain || isForwardOnly(plan, plan.steps[stepIndex]!) || step.error === null) {
    return { kind: 'step_not_done', step: step.name };
  }
  return { kind: 'step_failed', step: step.name, error: { ...step.error, executed: 'no' } };
}

/** What follows from a failed undo: it is tried again later, for ever, whatever the error says. */
export function undoFailure(record: SagaRecord, plan: SagaPlan, failure: Failure): Transition {
  const { stepIndex, error, nowMs, random } = failure;
  const step = record.steps[stepIndex]!;
  const attempts = (step.undo?.attempts ?? 0) + 1;
  const pauseMs = backoffMs(plan.undoBackoff, { failureCount: attempts, random, floorMs: error.retryAfterMs });
  // An error that says never is tried again all the same (a person may have repaired the cause), but shown at once.
  const stuck = error.retry === 'never' || attempts >= plan.interventionAfterAttempts;
  const failed = { step: step.name, error: errorRecord(error), dueAtMs: nowMs + pauseMs };
  return { kind: 'undo_failed', ...failed, ...(stuck && { stuck }) };
}

function isSpent(
  record: SagaRecord,
  plan: SagaPlan,
  { stepIndex, dueAtMs }: { readonly stepIndex: number; readonly dueAtMs: number },
): boolean {
  const { attempts, startedAtMs } = record.steps[stepIndex]!;
  const { maxAttempts, timeLimitMs } = plan.steps[stepIndex]!;
  return attempts >= maxAttempts || dueAtMs - (startedAtMs ?? dueAtMs) > timeLimitMs;
}

function errorRecord(error: PlatformError): ErrorRecord {
  const { reason, rawMessage: message, executed, retry, metadata } = error;
  return { reason, message, executed, retry, metadata };
}
