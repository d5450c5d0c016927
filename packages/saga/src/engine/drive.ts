import { faultPoint, isPlatformError, PlatformError, toPlatformError } from '@mainstay/kernel';
import type { Attempt } from '../core/decide.ts';
import { inquiryAnswer, stepFailure, undoFailure } from '../core/outcome.ts';
import type { SagaRecord } from '../core/record.ts';
import type { Transition } from '../core/transition.ts';
import { sagaReasons } from '../errors.ts';
import type { ClaimedSaga } from '../store/claim.ts';
import { type AttemptOutcome, makeAttempt } from './attempt.ts';
import { type Checkpoint, checkpoint } from './checkpoint.ts';
import { childTransition } from './child-saga.ts';
import type { HeldSaga } from './held-saga.ts';
import type { SagaRuntime } from './runtime.ts';

/** How driving a saga ended: it rests for ever, or waits and was given up. */
export type DriveEnd = Extract<Checkpoint['next'], { readonly act: 'rest' | 'wait' }>;

interface Settled {
  readonly attempt: Attempt;
  readonly outcome: AttemptOutcome;
}

/**
 * Takes a claimed saga as far as it gets: to its end, to a pause, or to the stop of the engine.
 *
 * Returns with the claim given up. Rejects when the claim was lost or the database did not answer; then some runner, this
 * one or another, reads the truth from the journal and goes on.
 */
export async function drive(
  runtime: SagaRuntime,
  held: HeldSaga,
  { previousOwner, hasNews }: Pick<ClaimedSaga, 'previousOwner' | 'hasNews'>,
): Promise<DriveEnd> {
  const underWay = new Map<number, Promise<Settled>>();
  const facts: readonly Transition[] =
    previousOwner === null ? [] : [{ kind: 'taken_over', owner: runtime.owner, from: previousOwner }];
  if (previousOwner !== null) held.isNamed = true;
  let { next } = await checkpoint(runtime, held, { build: () => facts, busy: underWay, hasNews });
  for (;;) {
    if (next.act === 'rest' || next.act === 'wait') return next;
    if (next.act === 'attempt' && underWay.size === 0 && next.attempts.length === 1) {
      checkLease(runtime, held);
      const attempt = next.attempts[0]!;
      next = await store(runtime, held, {
        attempt,
        outcome: await makeAttempt(runtime, held, attempt),
        busy: underWay,
      });
      continue;
    }
    if (next.act === 'attempt') {
      checkLease(runtime, held);
      for (const attempt of next.attempts) underWay.set(attempt.stepIndex, settled(runtime, held, attempt));
    }
    const { attempt, outcome } = await Promise.race(underWay.values());
    underWay.delete(attempt.stepIndex);
    next = await store(runtime, held, { attempt, outcome, busy: underWay });
  }
}

async function settled(runtime: SagaRuntime, held: HeldSaga, attempt: Attempt): Promise<Settled> {
  return { attempt, outcome: await makeAttempt(runtime, held, attempt) };
}

async function store(
  runtime: SagaRuntime,
  held: HeldSaga,
  input: Settled & { readonly busy: ReadonlyMap<number, unknown> },
): Promise<Checkpoint['next']> {
  const { attempt, outcome, busy } = input;
  const step = held.record.steps[attempt.stepIndex]!.name;
  if (!outcome.ok && held.abortReason !== undefined) return await giveUp(runtime, held, { step, busy });
  runtime.metrics.attempts.add(1, {
    saga: held.record.name,
    step,
    kind: attempt.kind,
    outcome: outcome.ok ? 'ok' : outcome.error.reason,
  });
  const before = held.record.needsIntervention;
  const { next } = outcome.ok
    ? await storeSuccess(runtime, held, { attempt, outcome, busy })
    : await storeFailure(runtime, held, { attempt, error: outcome.error, busy });
  const { child } = held.record.steps[attempt.stepIndex]!;
  if (child !== null) runtime.wake(child.id);
  if (!before && held.record.needsIntervention) reportIntervention(runtime, held, step);
  if (attempt.kind === 'run') {
    const point = faultPoint(`saga.after-checkpoint:${step}`);
    if (point !== undefined) await point;
  }
  return next;
}

// A local write that fails for good is a failure of the attempt: its effect elsewhere stands, so it is retried or undone
// like any other. What the database failed to do is not, and neither is a lost claim.
async function storeSuccess(
  runtime: SagaRuntime,
  held: HeldSaga,
  input: {
    readonly attempt: Attempt;
    readonly outcome: Extract<AttemptOutcome, { readonly ok: true }>;
    readonly busy: ReadonlyMap<number, unknown>;
  },
): Promise<Checkpoint> {
  const { attempt, outcome, busy } = input;
  try {
    const build = (record: SagaRecord) => [success(runtime, held, { record, attempt, outcome })];
    return await checkpoint(runtime, held, { build, busy, writes: outcome.writes });
  } catch (error) {
    const isLost = isPlatformError(error, sagaReasons.SAGA_LEASE_LOST);
    if (isLost || (isPlatformError(error) && error.retry !== 'never')) throw error;
    const step = held.record.steps[attempt.stepIndex]?.name;
    runtime.logger.error('local writes of a saga step failed', { ...fields(held), step, error });
    const message = `local writes of step ${step} failed: ${toPlatformError(error).reason}`;
    const failure = new PlatformError(sagaReasons.SAGA_LOCAL_WRITE_FAILED, message, { cause: error });
    return await storeFailure(runtime, held, { attempt, error: failure, busy });
  }
}

function success(
  runtime: SagaRuntime,
  held: HeldSaga,
  input: {
    readonly record: SagaRecord;
    readonly attempt: Attempt;
    readonly outcome: Extract<AttemptOutcome, { readonly ok: true }>;
  },
): Transition {
  const { record, attempt, outcome } = input;
  const { stepIndex } = attempt;
  const { patch, isDone, event } = outcome;
  if (attempt.kind === 'inquire') {
    const { plan } = held.definition;
    return inquiryAnswer(record, plan, { stepIndex, isDone, patch, nowMs: runtime.clock.nowMs() });
  }
  const step = record.steps[stepIndex]!.name;
  const changes = patch === undefined ? {} : { patch };
  if (held.definition.steps[stepIndex]?.saga !== undefined) return childTransition(record, attempt);
  if (attempt.kind === 'undo') return { kind: 'undo_completed', step, ...changes };
  return { kind: 'step_completed', step, ...changes, ...(event !== undefined && { event }) };
}

async function storeFailure(
  runtime: SagaRuntime,
  held: HeldSaga,
  input: {
    readonly attempt: Attempt;
    readonly error: PlatformError;
    readonly busy: ReadonlyMap<number, unknown>;
  },
): Promise<Checkpoint> {
  const { attempt, error, busy } = input;
  const { kind, stepIndex } = attempt;
  const { plan } = held.definition;
  runtime.logger.warn(kind === 'undo' ? 'saga compensation failed' : 'saga step failed', {
    ...fields(held),
    step: held.record.steps[stepIndex]?.name,
    reason: error.reason,
    retry: error.retry,
    executed: error.executed,
  });
  const random = runtime.random();
  return await checkpoint(runtime, held, {
    busy,
    build(record) {
      const failure = { stepIndex, error, nowMs: runtime.clock.nowMs(), random };
      return [kind === 'undo' ? undoFailure(record, plan, failure) : stepFailure(record, plan, failure)];
    },
  });
}

// Stopped in the middle of an attempt: the step counts as made, and the next runner repeats it under the same key.
async function giveUp(
  runtime: SagaRuntime,
  held: HeldSaga,
  input: { readonly step: string; readonly busy: ReadonlyMap<number, unknown> },
): Promise<Checkpoint['next']> {
  if (!isPlatformError(held.abortReason, sagaReasons.SAGA_STOPPED)) throw held.abortReason;
  const fact: Transition = { kind: 'step_interrupted', step: input.step };
  const { next } = await checkpoint(runtime, held, { build: () => [fact], busy: input.busy });
  return next;
}

function checkLease(runtime: SagaRuntime, held: HeldSaga): void {
  if (runtime.clock.monotonicMs() < runtime.leaseEndsAtMs() && held.abortReason === undefined) return;
  throw new PlatformError(sagaReasons.SAGA_LEASE_LOST, `the lease on saga ${held.record.id} has ended`);
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
