import { type SagaRecord, type StepRecord, type UndoRecord } from './record.ts';
import { parseStages } from './stages.ts';
import type { Transition } from './transition.ts';

/** What a new saga needs. */
export interface NewSaga {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly subject: string;
  /** Names of its steps, see `formatStages`. */
  readonly stages: string;
  readonly state: Readonly<Record<string, unknown>>;
  readonly secrets: readonly string[];
  readonly parent: SagaRecord['parent'];
  readonly traceparent: string | null;
  readonly createdAtMs: number;
}

/** A saga at its beginning; the first attempt of each step of the first stage is granted. */
export function newRecord({ stages, ...given }: NewSaga): SagaRecord {
  const steps = parseStages(stages).map(({ name, stage }) => pendingStep(name, stage));
  return {
    ...given,
    status: 'running',
    steps: grantStage(steps, 0, given.createdAtMs),
    reason: null,
    cancelReason: null,
    turnReason: null,
    needsIntervention: false,
    inbox: [],
    requestCount: 0,
    endedAtMs: null,
  };
}

/**
 * Makes the record that follows from a transition. Pure, total, and needs no definition.
 *
 * Completing a stage grants the first attempt of each step of the next one: the attempt is durable before the call, and
 * whoever takes over after a crash cannot tell whether it was made and treats it as made.
 */
export function apply(record: SagaRecord, transition: Transition, atMs: number): SagaRecord {
  switch (transition.kind) {
    case 'step_completed':
      return stepCompleted(record, transition, atMs);
    case 'claimed':
    case 'released':
      return record;
    case 'taken_over':
      return record.status === 'running' ? cutOff(record, 1) : record;
    case 'step_interrupted':
      return record.status === 'running' ? cutOff(record, 0, transition.step) : record;
    case 'step_failed':
      return stepFailed(record, transition, atMs);
    case 'step_not_done':
      return withStep(record, transition.step, () => ({ isUnknown: false, dueAtMs: atMs }));
    case 'child_started':
      return withStep(record, transition.step, () => ({
        mayHaveRun: true,
        isUnknown: false,
        child: { id: transition.child, end: null },
      }));
    case 'compensating':
      return turned(record, transition, atMs);
    case 'undo_completed':
      return undone(patched(record, transition.patch), transition.step, atMs);
    case 'undo_asked':
      return withUndo(record, transition.step, () => ({ dueAtMs: Number.POSITIVE_INFINITY }));
    case 'undo_failed': {
      const { error, dueAtMs, stuck } = transition;
      const more = { error, dueAtMs, stuck: stuck === true };
      return withUndo(record, transition.step, ({ attempts }) => ({ attempts: attempts + 1, ...more }));
    }
    case 'completed':
    case 'compensated':
      return ended(record, transition.kind, atMs);
    case 'migrated':
      return { ...record, version: transition.to, state: transition.state, steps: transition.steps };
    default:
      return requested({ ...record, requestCount: record.requestCount + 1 }, transition, atMs);
  }
}

function requested(
  record: SagaRecord,
  transition: Exclude<Transition, { readonly kind: never }>,
  atMs: number,
): SagaRecord {
  switch (transition.kind) {
    case 'cancel_requested':
      return { ...record, cancelReason: record.cancelReason ?? transition.reason };
    case 'event_received':
      return { ...record, inbox: [...record.inbox, { event: transition.event, payload: transition.payload }] };
    case 'child_ended':
      return childEnded(record, transition, atMs);
    case 'retried_by_hand':
      return withAttention({
        ...record,
        steps: record.steps.map((step) => ({
          ...step,
          stuck: false,
          dueAtMs: Math.min(step.dueAtMs, atMs),
          undo: step.undo && { ...step.undo, stuck: false, dueAtMs: Math.min(step.undo.dueAtMs, atMs) },
        })),
      });
    case 'skipped_by_hand':
      return withAttention(withUndo(record, transition.step, () => ({ status: 'skipped' })));
    case 'turned_by_hand':
      return reopened({ ...record, turnReason: record.turnReason ?? transition.reason });
    case 'resolved_by_hand':
      return ended(record, transition.end, atMs);
    default:
      return record;
  }
}

/** A completed saga that is part of another one is undone when that one is. */
function reopened(record: SagaRecord): SagaRecord {
  return record.status === 'completed' ? { ...record, status: 'running', endedAtMs: null } : record;
}

function stepCompleted(
  record: SagaRecord,
  { step: name, patch, event }: Extract<Transition, { readonly kind: 'step_completed' }>,
  atMs: number,
): SagaRecord {
  const index = indexOf(record, name);
  const step = record.steps[index];
  if (step === undefined) return record;
  let steps = record.steps.with(index, {
    ...step,
    status: 'completed',
    mayHaveRun: true,
    isUnknown: false,
    stuck: false,
    endedAtMs: atMs,
  });
  if (steps.every((one) => one.stage !== step.stage || one.status === 'completed')) {
    steps = grantStage(steps, step.stage + 1, atMs);
  }
  const taken = event === undefined ? -1 : record.inbox.findIndex((one) => one.event === event);
  const inbox = taken === -1 ? record.inbox : record.inbox.toSpliced(taken, 1);
  const next = { ...patched(record, patch), steps, inbox };
  return record.needsIntervention ? withAttention(next) : next;
}

function stepFailed(
  record: SagaRecord,
  { step, error, dueAtMs, stuck }: Extract<Transition, { readonly kind: 'step_failed' }>,
  atMs: number,
): SagaRecord {
  return withAttention(
    withStep(record, step, (before) => ({
      error,
      mayHaveRun: before.mayHaveRun || error.executed !== 'no',
      isUnknown: error.executed === 'maybe' || (before.isUnknown && error.executed === 'no'),
      ...(dueAtMs === undefined
        ? { status: 'failed', endedAtMs: atMs }
        : { dueAtMs, stuck: stuck === true, attempts: before.attempts + 1 }),
    })),
  );
}

/** Attempts under way count as made; how they ended is unknown. */
function cutOff(record: SagaRecord, extraAttempts: number, only?: string): SagaRecord {
  const steps = record.steps.map((step) =>
    step.status === 'in_progress' && step.child === null && (only === undefined || step.name === only)
      ? { ...step, mayHaveRun: true, isUnknown: true, attempts: step.attempts + extraAttempts }
      : step,
  );
  return { ...record, steps };
}

function turned(
  record: SagaRecord,
  { reason, undo }: Extract<Transition, { readonly kind: 'compensating' }>,
  atMs: number,
): SagaRecord {
  const steps = record.steps.map((step): StepRecord => {
    if (undo.includes(step.name)) {
      return { ...step, undo: { status: 'pending', attempts: 0, dueAtMs: atMs, error: null, stuck: false } };
    }
    if (step.status !== 'in_progress' || step.mayHaveRun) return step;
    if (step.error !== null) return { ...step, status: 'failed', endedAtMs: atMs };
    // Granted, but never begun.
    return { ...step, status: 'pending', attempts: 0, startedAtMs: null };
  });
  return withAttention({ ...record, status: 'compensating', reason, steps, ...withoutSecrets(record) });
}

function undone(record: SagaRecord, name: string, atMs: number): SagaRecord {
  const index = indexOf(record, name);
  const step = record.steps[index];
  if (!step?.undo) return record;
  const undo: UndoRecord = { ...step.undo, status: 'done', stuck: false };
  return withAttention({
    ...record,
    steps: record.steps.with(index, { ...step, status: 'compensated', endedAtMs: atMs, undo }),
  });
}

function childEnded(
  record: SagaRecord,
  { step: name, end, reason, patch }: Extract<Transition, { readonly kind: 'child_ended' }>,
  atMs: number,
): SagaRecord {
  const step = record.steps[indexOf(record, name)];
  if (!step?.child) return record;
  const { id } = step.child;
  const known = withStep(record, name, () => ({ child: { id, end } }));
  if (step.undo?.status === 'pending') return end === 'compensated' ? undone(known, name, atMs) : known;
  if (step.status !== 'in_progress') return known;
  if (end === 'completed') {
    return stepCompleted(known, { kind: 'step_completed', step: name, ...(patch && { patch }) }, atMs);
  }
  const error = {
    reason: reason?.reason ?? 'CANCELED',
    message: reason?.message ?? 'the child saga was undone',
    executed: 'no',
    retry: 'never',
    metadata: reason?.metadata ?? {},
  } as const;
  return withStep(known, name, () => ({ status: 'failed', endedAtMs: atMs, error }));
}

function ended(record: SagaRecord, status: 'completed' | 'compensated', atMs: number): SagaRecord {
  return { ...record, ...withoutSecrets(record), status, endedAtMs: atMs, needsIntervention: false };
}

function grantStage(steps: StepRecord[], stage: number, atMs: number): StepRecord[] {
  for (const [index, step] of steps.entries()) {
    if (step.stage !== stage || step.status !== 'pending') continue;
    steps[index] = { ...step, status: 'in_progress', attempts: 1, dueAtMs: atMs, startedAtMs: atMs };
  }
  return steps;
}

function pendingStep(name: string, stage: number): StepRecord {
  return {
    name,
    stage,
    status: 'pending',
    attempts: 0,
    mayHaveRun: false,
    isUnknown: false,
    dueAtMs: 0,
    startedAtMs: null,
    endedAtMs: null,
    error: null,
    stuck: false,
    child: null,
    undo: null,
  };
}

function patched(record: SagaRecord, patch: object | undefined): SagaRecord {
  return patch === undefined ? record : { ...record, state: { ...record.state, ...patch } };
}

function withoutSecrets({ state, secrets }: SagaRecord): Pick<SagaRecord, 'state'> {
  if (secrets.length === 0) return { state };
  return { state: { ...state, ...Object.fromEntries(secrets.map((key) => [key, null])) } };
}

function withAttention(record: SagaRecord): SagaRecord {
  const needsIntervention = record.steps.some(
    (step) => (step.stuck && step.status === 'in_progress') || (step.undo?.status === 'pending' && step.undo.stuck),
  );
  return needsIntervention === record.needsIntervention ? record : { ...record, needsIntervention };
}

function withStep(record: SagaRecord, name: string, change: (step: StepRecord) => Partial<StepRecord>): SagaRecord {
  const index = indexOf(record, name);
  const step = record.steps[index];
  return step === undefined ? record : { ...record, steps: record.steps.with(index, { ...step, ...change(step) }) };
}

function withUndo(record: SagaRecord, name: string, change: (undo: UndoRecord) => Partial<UndoRecord>): SagaRecord {
  const next = withStep(record, name, (step) => (step.undo ? { undo: { ...step.undo, ...change(step.undo) } } : {}));
  return withAttention(next);
}

function indexOf(record: SagaRecord, name: string): number {
  return record.steps.findIndex((step) => step.name === name);
}
