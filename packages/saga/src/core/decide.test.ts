import { PlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { defineSaga } from '../definition.ts';
import { sagaReasons } from '../errors.ts';
import type { SagaOptions } from '../saga-options.ts';
import { interrupted, newSaga, stepFailed, stepSucceeded, takenOver } from './advance.ts';
import { beginCompensation, undoFailed, undoSucceeded } from './compensation.ts';
import { decideNext, isCancelable } from './decide.ts';
import type { SagaPlan } from './plan.ts';
import type { SagaRecord } from './record.ts';

const step = (name: string, undoable = true) => ({
  name,
  run: async () => undefined,
  ...(undoable && { compensate: async () => undefined }),
});

function planOf(changes: Partial<SagaOptions<{ secret: string | null }>> = {}): SagaPlan {
  return defineSaga<{ secret: string | null }>({
    name: 'test',
    steps: [step('look', false), step('hold'), step('pay'), step('close')],
    timeLimitMs: 60_000,
    ...changes,
  }).plan;
}

const start = (plan: SagaPlan): SagaRecord =>
  newSaga(plan, { id: 'sg_1', subject: 'o_1', state: { secret: 's' }, traceparent: null, nowMs: 1_000 }).record;

function succeedTimes(plan: SagaPlan, times: number): SagaRecord {
  let record = start(plan);
  for (let index = 0; index < times; index++) {
    record = stepSucceeded(record, plan, { stepIndex: index, patch: {}, nowMs: 1_000 + index }).record;
  }
  return record;
}

const failure = (options: { executed?: 'no' | 'maybe' | 'yes'; retry?: 'never' | 'now' | 'after' } = {}) =>
  new PlatformError(sagaReasons.SAGA_STATE_INVALID, 'it failed', { executed: 'no', retry: 'now', ...options });

const fail = (record: SagaRecord, plan: SagaPlan, stepIndex: number, error: PlatformError, nowMs = 2_000) =>
  stepFailed(record, plan, { stepIndex, error, nowMs, random: 1 }).record;

test('runs the first step of a new saga', () => {
  const plan = planOf();
  expect(decideNext(start(plan), plan, 1_000)).toEqual({ act: 'run', stepIndex: 0 });
});

test('grants the next step in the change that completes one', () => {
  const plan = planOf();
  const record = succeedTimes(plan, 1);

  expect(record.steps.map(({ status }) => status)).toEqual(['completed', 'in_progress', 'pending', 'pending']);
  expect(decideNext(record, plan, 1_000)).toEqual({ act: 'run', stepIndex: 1 });
});

test('ends as completed in the change that completes the last step, and erases secrets', () => {
  const plan = planOf({ forwardSecrets: ['secret'] });
  const record = succeedTimes(plan, 4);

  expect(record.status).toBe('completed');
  expect(record.state).toEqual({ secret: null });
  expect(decideNext(record, plan, 99_999)).toEqual({ act: 'rest' });
});

test('waits 100 ms after the first failure and 200 ms after the second, then runs again', () => {
  const plan = planOf();
  const once = fail(start(plan), plan, 0, failure(), 2_000);
  expect(decideNext(once, plan, 2_099)).toEqual({ act: 'wait', untilMs: 2_100 });
  expect(decideNext(once, plan, 2_100)).toEqual({ act: 'run', stepIndex: 0 });

  const twice = fail(once, plan, 0, failure(), 2_100);
  expect(decideNext(twice, plan, 2_100)).toEqual({ act: 'wait', untilMs: 2_300 });
  expect(twice.steps[0]).toMatchObject({ attempts: 3, mayHaveRun: false });
});

test('waits as long as the failed service asked for when that is longer', () => {
  const plan = planOf();
  const error = new PlatformError(sagaReasons.SAGA_STATE_INVALID, 'busy', { executed: 'no', retryAfterMs: 3_000 });
  expect(decideNext(fail(start(plan), plan, 0, error), plan, 2_000)).toEqual({ act: 'wait', untilMs: 5_000 });
});

test('turns round at a failure that says never, without undoing a step that certainly did not run', () => {
  const plan = planOf();
  const record = fail(succeedTimes(plan, 2), plan, 2, failure({ retry: 'never', executed: 'no' }));

  expect(record).toMatchObject({ status: 'compensating', reason: { kind: 'step_failed', step: 'pay' } });
  expect(record.steps.map(({ undo }) => undo?.status)).toEqual([undefined, 'pending', undefined, undefined]);
  expect(decideNext(record, plan, 2_000)).toEqual({ act: 'undo', stepIndex: 1 });
});

test.each(['maybe', 'yes'] as const)('undoes the failed step too when it ran: %s', (executed) => {
  const plan = planOf();
  const record = fail(succeedTimes(plan, 2), plan, 2, failure({ retry: 'never', executed }));
  expect(decideNext(record, plan, 2_000)).toEqual({ act: 'undo', stepIndex: 2 });
});

test('undoes a step whose earlier attempt may have run although the last one did not', () => {
  const plan = planOf();
  const unknown = fail(succeedTimes(plan, 2), plan, 2, failure({ executed: 'maybe' }));
  const record = fail(unknown, plan, 2, failure({ retry: 'never', executed: 'no' }));
  expect(decideNext(record, plan, 2_000)).toEqual({ act: 'undo', stepIndex: 2 });
});

test('turns round after 10 failures, or when the next attempt would come 60 s after the first', () => {
  const plan = planOf({ timeLimitMs: 600_000 });
  let record = start(plan);
  for (let attempt = 1; attempt < 10; attempt++) record = fail(record, plan, 0, failure(), 2_000);
  expect(record.status).toBe('running');
  expect(fail(record, plan, 0, failure(), 2_000).reason).toMatchObject({ kind: 'retries_exhausted', step: 'look' });

  expect(fail(start(plan), plan, 0, failure(), 60_900).status).toBe('running');
  expect(fail(start(plan), plan, 0, failure(), 60_901).reason).toMatchObject({ kind: 'retries_exhausted' });
});

test('ends as compensated at once when there is nothing to undo', () => {
  const plan = planOf();
  const record = fail(start(plan), plan, 0, failure({ retry: 'never', executed: 'yes' }));
  expect(record).toMatchObject({ status: 'compensated', endedAtMs: 2_000 });
});

test('is turned round at its time limit, also in the middle of a pause', () => {
  const plan = planOf({ timeLimitMs: 5_000 });
  const error = new PlatformError(sagaReasons.SAGA_STATE_INVALID, 'busy', { executed: 'no', retryAfterMs: 30_000 });
  const record = fail(succeedTimes(plan, 1), plan, 1, error);

  expect(decideNext(record, plan, 5_999)).toEqual({ act: 'wait', untilMs: 6_000 });
  expect(decideNext(record, plan, 6_000)).toEqual({ act: 'compensate', because: 'time_limit' });
});

test('honours a cancel request until the attempt of the step named by cancelUntil begins', () => {
  const plan = planOf({ cancelUntil: 'pay' });
  const canceled = (record: SagaRecord) => ({ ...record, cancelReason: 'changed my mind' });

  expect(decideNext(canceled(succeedTimes(plan, 1)), plan, 2_000)).toEqual({ act: 'compensate', because: 'canceled' });
  const granted = succeedTimes(plan, 2);
  expect(decideNext(canceled(granted), plan, 2_000)).toEqual({ act: 'compensate', because: 'canceled' });
  const unknown = takenOver(granted, 'dead').record;
  expect(isCancelable(unknown, plan)).toBe(false);
  expect(decideNext(canceled(unknown), plan, 2_000)).toEqual({ act: 'run', stepIndex: 2 });
  expect(decideNext(canceled(succeedTimes(plan, 3)), plan, 2_000)).toEqual({ act: 'run', stepIndex: 3 });
});

test('withdraws a granted step that never began instead of undoing it', () => {
  const plan = planOf();
  const reason = { kind: 'canceled', step: 'pay', reason: 'x', message: '', metadata: {} } as const;
  const { record, transitions } = beginCompensation(succeedTimes(plan, 2), plan, { reason, nowMs: 2_000 });

  expect(record.steps[2]).toMatchObject({ status: 'pending', attempts: 0, undo: null });
  expect(transitions.map(({ kind }) => kind)).toEqual(['step_withdrawn', 'compensating']);
});

test.each([takenOver(succeedTimes(planOf(), 2), 'dead').record, interrupted(succeedTimes(planOf(), 2)).record])(
  'undoes a step that was cut off in the middle',
  (record) => {
    const plan = planOf();
    const reason = { kind: 'canceled', step: 'pay', reason: 'x', message: '', metadata: {} } as const;
    const turned = beginCompensation(record, plan, { reason, nowMs: 2_000 }).record;
    expect(decideNext(turned, plan, 2_000)).toEqual({ act: 'undo', stepIndex: 2 });
  },
);

test('goes on with the other undos in reverse order while a failed one waits, and comes back to it', () => {
  const plan = planOf();
  const turned = fail(succeedTimes(plan, 3), plan, 3, failure({ retry: 'never', executed: 'maybe' }));
  const undo = (record: SagaRecord, stepIndex: number) =>
    undoSucceeded(record, plan, { stepIndex, patch: {}, nowMs: 2_000 }).record;
  const first = undo(turned, 3);
  const stuck = undoFailed(first, plan, { stepIndex: 2, error: failure(), nowMs: 2_000, random: 1 }).record;

  expect(decideNext(stuck, plan, 2_000)).toEqual({ act: 'undo', stepIndex: 1 });
  const rest = undo(stuck, 1);
  expect(decideNext(rest, plan, 2_000)).toEqual({ act: 'wait', untilMs: 2_200 });
  expect(rest.status).toBe('compensating');
  expect(undo(rest, 2)).toMatchObject({ status: 'compensated', needsIntervention: false });
});

test('says that a person is needed after 10 failed undos, or one that says never, and goes on trying', () => {
  const plan = planOf();
  const turned = fail(succeedTimes(plan, 2), plan, 2, failure({ retry: 'never' }));
  const failUndo = (record: SagaRecord, error: PlatformError) =>
    undoFailed(record, plan, { stepIndex: 1, error, nowMs: 2_000, random: 1 }).record;

  let record = turned;
  for (let attempt = 1; attempt < 10; attempt++) record = failUndo(record, failure());
  expect(record.needsIntervention).toBe(false);
  record = failUndo(record, failure());
  expect(record.needsIntervention).toBe(true);
  expect(decideNext(record, plan, 2_000)).toEqual({ act: 'wait', untilMs: 32_000 });
  expect(failUndo(turned, failure({ retry: 'never' })).needsIntervention).toBe(true);
});

test('a step that must succeed is retried whatever the error says and beyond every limit', () => {
  const plan = planOf({ steps: [{ ...step('refund'), mustSucceed: true }], interventionAfterAttempts: 3 });
  let record = start(plan);
  for (let attempt = 1; attempt < 3; attempt++) record = fail(record, plan, 0, failure(), 900_000);
  expect(record).toMatchObject({ status: 'running', needsIntervention: false });
  record = fail(record, plan, 0, failure(), 900_000);
  expect(record).toMatchObject({ status: 'running', needsIntervention: true });
  expect(fail(start(plan), plan, 0, failure({ retry: 'never' })).needsIntervention).toBe(true);
  expect(decideNext(record, plan, 1_000_000)).toEqual({ act: 'run', stepIndex: 0 });
});
