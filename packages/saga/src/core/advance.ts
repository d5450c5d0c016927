import type { PlatformError } from '@mainstay/kernel';
import { backoffMs } from './backoff.ts';
import { beginCompensation } from './compensation.ts';
import { errorRecord, replaceStep, transition, withoutSecrets } from './parts.ts';
import type { SagaPlan } from './plan.ts';
import type { Change, SagaRecord, StepRecord } from './record.ts';

/** What a new saga needs besides its plan. */
export interface NewSaga {
  readonly id: string;
  readonly subject: string;
  readonly state: Readonly<Record<string, unknown>>;
  readonly traceparent: string | null;
  readonly nowMs: number;
}

/** A saga at its beginning; the first attempt of the first step is granted. */
export function newSaga(plan: SagaPlan, input: NewSaga): Change {
  const { nowMs, ...given } = input;
  const steps = plan.steps.map((step): StepRecord => pendingStep(step.name));
  const record: SagaRecord = {
    ...given,
    name: plan.name,
    version: plan.version,
    status: 'running',
    steps: replaceStep(steps, 0, granted(nowMs)),
    reason: null,
    cancelReason: null,
    needsIntervention: false,
    deadlineAtMs: nowMs + plan.timeLimitMs,
    createdAtMs: nowMs,
    endedAtMs: null,
  };
  return {
    record,
    transitions: [transition('started'), transition('step_started', { step: plan.steps[0]?.name ?? null, attempt: 1 })],
  };
}

/**
 * A step succeeded: its patch becomes part of the state and the next step's first attempt is granted, or the saga ends.
 *
 * Granting in the same write as the checkpoint is what makes one write per step enough: the attempt is durable before
 * the call, and after a crash whoever takes over cannot tell whether the call was made and treats it as made.
 */
export function stepSucceeded(
  record: SagaRecord,
  plan: SagaPlan,
  outcome: { readonly stepIndex: number; readonly patch: object; readonly nowMs: number },
): Change {
  const { stepIndex, nowMs } = outcome;
  const step = record.steps[stepIndex]!;
  const done = replaceStep(record.steps, stepIndex, { status: 'completed', mayHaveRun: true, endedAtMs: nowMs });
  const state = { ...record.state, ...outcome.patch };
  const transitions = [transition('step_completed', { step: step.name, attempt: step.attempts })];
  const next = plan.steps[stepIndex + 1];
  if (next !== undefined) {
    const steps = replaceStep(done, stepIndex + 1, granted(nowMs));
    transitions.push(transition('step_started', { step: next.name, attempt: 1 }));
    return { record: { ...record, state, steps, needsIntervention: false }, transitions };
  }
  transitions.push(transition('completed'));
  const ended = { status: 'completed', endedAtMs: nowMs, needsIntervention: false } as const;
  return { record: { ...record, ...ended, steps: done, state: withoutSecrets(state, plan) }, transitions };
}

/**
 * An attempt failed: another one is granted for later, or the saga compensates.
 *
 * @param outcome.random - a number in [0, 1) for the jitter.
 */
export function stepFailed(
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
  const stepPlan = plan.steps[stepIndex]!;
  const stored = errorRecord(error);
  const mayHaveRun = step.mayHaveRun || error.executed !== 'no';
  const delayMs = backoffMs(stepPlan.backoff, {
    failureCount: step.attempts,
    random: outcome.random,
    floorMs: error.retryAfterMs,
  });
  const spent =
    step.attempts >= stepPlan.maxAttempts || nowMs + delayMs - (step.startedAtMs ?? nowMs) > stepPlan.timeLimitMs;
  const retried = stepPlan.mustSucceed || (error.retry !== 'never' && !spent);
  const detail = { reason: error.reason, message: error.rawMessage, executed: error.executed };
  const attempt = { step: step.name, attempt: step.attempts };

  if (retried) {
    const dueAtMs = nowMs + delayMs;
    const steps = replaceStep(record.steps, stepIndex, {
      attempts: step.attempts + 1,
      mayHaveRun,
      dueAtMs,
      error: stored,
    });
    const needsIntervention =
      stepPlan.mustSucceed && (error.retry === 'never' || step.attempts >= plan.interventionAfterAttempts);
    const failed = transition('step_failed', { ...attempt, detail: { ...detail, due_at_ms: dueAtMs } });
    return { record: { ...record, steps, needsIntervention }, transitions: [failed] };
  }
  const steps = replaceStep(record.steps, stepIndex, { status: 'failed', mayHaveRun, endedAtMs: nowMs, error: stored });
  const begun = beginCompensation({ ...record, steps }, plan, {
    nowMs,
    reason: {
      kind: error.retry === 'never' ? 'step_failed' : 'retries_exhausted',
      step: step.name,
      reason: error.reason,
      message: error.rawMessage,
      metadata: error.metadata,
    },
  });
  return {
    record: begun.record,
    transitions: [transition('step_failed', { ...attempt, detail }), ...begun.transitions],
  };
}

/**
 * A runner found the saga in the hands of one that is gone: whether the attempt under way was made is unknown, so it
 * counts as made, and one more is granted.
 */
export function takenOver(record: SagaRecord, previousOwner: string): Change {
  const transitions = [transition('taken_over', { detail: { previous_owner: previousOwner } })];
  if (record.status !== 'running') return { record, transitions };
  return { record: { ...record, steps: interruptedSteps(record.steps, 1) }, transitions };
}

/** The runner stops in the middle of an attempt: it counts as made, and does not count against the limit. */
export function interrupted(record: SagaRecord): Change {
  if (record.status !== 'running') return { record, transitions: [transition('released')] };
  const step = record.steps.find((one) => one.status === 'in_progress');
  return {
    record: { ...record, steps: interruptedSteps(record.steps, 0) },
    transitions: [
      transition('step_interrupted', { step: step?.name ?? null, attempt: step?.attempts ?? null }),
      transition('released'),
    ],
  };
}

function interruptedSteps(steps: readonly StepRecord[], extraAttempts: number): readonly StepRecord[] {
  return steps.map((step) =>
    step.status === 'in_progress' ? { ...step, mayHaveRun: true, attempts: step.attempts + extraAttempts } : step,
  );
}

function pendingStep(name: string): StepRecord {
  return {
    name,
    status: 'pending',
    attempts: 0,
    mayHaveRun: false,
    dueAtMs: 0,
    startedAtMs: null,
    endedAtMs: null,
    error: null,
    undo: null,
  };
}

function granted(nowMs: number): Partial<StepRecord> {
  return { status: 'in_progress', attempts: 1, dueAtMs: nowMs, startedAtMs: nowMs };
}
