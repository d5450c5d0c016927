import { expect, test } from 'vitest';
import { Case, failure, run, step, undo } from '../../test/model/case.ts';
import { isCancelable } from './decide.ts';
import type { Transition } from './transition.ts';

test('runs the first step of a new saga, and grants each next one with the end of the one before', () => {
  const saga = new Case();
  expect(saga.next()).toEqual(run(0));
  saga.done('look');
  expect(saga.record.steps.map(({ status }) => status)).toEqual(['completed', 'in_progress', 'pending', 'pending']);
  expect(saga.next()).toEqual(run(1));
});

test('completes with the last step, and erases secrets', () => {
  const saga = new Case().done('look', 'hold', 'pay', 'close');
  expect(saga.record).toMatchObject({ status: 'completed', state: { secret: null }, endedAtMs: 1_000 });
  expect(saga.next()).toEqual({ act: 'rest' });
});

test('repeats a failed attempt after 100 ms, doubled each time, or after what the error asks for', () => {
  expect(new Case().fails(0, failure()).next()).toEqual({ act: 'wait', untilMs: 2_100 });
  expect(new Case().fails(0, failure()).fails(0, failure()).next()).toEqual({ act: 'wait', untilMs: 2_200 });
  expect(new Case().fails(0, failure({ retryAfterMs: 5_000 })).next()).toEqual({ act: 'wait', untilMs: 7_000 });
});

test('an error that says never turns the saga round; what completed is undone, last first', () => {
  const saga = new Case().done('look', 'hold').fails(2, failure({ retry: 'never' }));
  expect(saga.record).toMatchObject({ status: 'compensating', reason: { kind: 'step_failed', step: 'pay' } });
  expect(saga.undos).toEqual([undefined, 'pending', undefined, undefined]);
  expect(saga.next()).toEqual(undo(1));
});

test.each(['maybe', 'yes'] as const)('undoes the failed step too when it ran: %s', (executed) => {
  const saga = new Case().done('look', 'hold').fails(2, failure({ retry: 'never', executed }));
  expect(saga.next()).toEqual(undo(2));
});

test('undoes a step whose earlier attempt may have run although the last one did not', () => {
  const saga = new Case().done('look', 'hold').fails(2, failure({ executed: 'maybe' }));
  expect(saga.fails(2, failure({ retry: 'never' })).next()).toEqual(undo(2));
});

test('turns round after 10 failures, or when the next attempt would come 60 s after the first', () => {
  const saga = new Case({ timeLimitMs: 600_000 });
  for (let attempt = 1; attempt < 10; attempt++) saga.fails(0, failure());
  expect(saga.record.status).toBe('running');
  expect(saga.fails(0, failure()).record.reason).toMatchObject({ kind: 'retries_exhausted', step: 'look' });
  const late = (nowMs: number) => new Case({ timeLimitMs: 600_000 }).fails(0, failure(), nowMs).record;
  expect(late(60_900).status).toBe('running');
  expect(late(60_901).reason).toMatchObject({ kind: 'retries_exhausted' });
});

test('ends as compensated at once when there is nothing to undo', () => {
  const saga = new Case().fails(0, failure({ retry: 'never', executed: 'yes' }));
  expect(saga.record).toMatchObject({ status: 'compensated', endedAtMs: 2_000 });
});

test('is turned round at its time limit, also in the middle of a pause', () => {
  const saga = new Case({ timeLimitMs: 5_000 }).done('look').fails(1, failure({ retryAfterMs: 30_000 }));
  expect(saga.next(5_999)).toEqual({ act: 'wait', untilMs: 6_000 });
  expect(saga.next(6_000)).toMatchObject({ act: 'record', transition: { reason: { kind: 'time_limit' } } });
});

test('honours a cancel request until the attempt of the step named by cancelUntil begins', () => {
  const until = (...done: readonly string[]) => new Case({ cancelUntil: 'pay' }).done(...done);
  const cancel: Transition = { kind: 'cancel_requested', reason: 'changed my mind' };
  const takeover: Transition = { kind: 'taken_over', owner: 'b', from: 'a' };

  expect(until('look').after([cancel]).record.reason?.kind).toBe('canceled');
  expect(until('look', 'hold').after([cancel]).record.reason?.kind).toBe('canceled');
  const unknown = until('look', 'hold').after([takeover]);
  expect(isCancelable(unknown.record, unknown.plan)).toBe(false);
  expect(unknown.after([cancel]).next()).toEqual(run(2));
  expect(until('look', 'hold', 'pay').after([cancel]).next()).toEqual(run(3));
  expect(until('look', 'hold', 'pay').after([cancel, { kind: 'step_completed', step: 'close' }]).record).toMatchObject({
    status: 'completed',
    cancelReason: 'changed my mind',
  });
});

test('a granted step that never began is withdrawn, one that was cut off is undone', () => {
  const turn: Transition = { kind: 'turned_by_hand', actor: 'op', reason: 'wrong' };
  const withdrawn = new Case().done('look', 'hold').after([turn]);
  expect(withdrawn.record.steps[2]).toMatchObject({ status: 'pending', attempts: 0, undo: null });
  const cut = new Case().done('look', 'hold').after([{ kind: 'step_interrupted', step: 'pay' }, turn]);
  expect(cut.next()).toEqual(undo(2));
});

test('goes on with the other undos in reverse order while a failed one waits, and comes back to it', () => {
  const saga = new Case().done('look', 'hold', 'pay').fails(3, failure({ retry: 'never', executed: 'maybe' }));
  saga.after([{ kind: 'undo_completed', step: 'close' }]).undoFails(2, failure());
  expect(saga.next()).toEqual(undo(1));
  saga.after([{ kind: 'undo_completed', step: 'hold' }]);
  expect(saga.next()).toEqual({ act: 'wait', untilMs: 2_200 });
  expect(saga.after([{ kind: 'undo_completed', step: 'pay' }]).record.status).toBe('compensated');
});

test('says that a person is needed after 10 failed undos, or one that says never, and goes on trying', () => {
  const turned = () => new Case().done('look', 'hold').fails(2, failure({ retry: 'never' }));
  const saga = turned();
  for (let attempt = 1; attempt < 10; attempt++) saga.undoFails(1, failure());
  expect(saga.record.needsIntervention).toBe(false);
  expect(saga.undoFails(1, failure()).record.needsIntervention).toBe(true);
  expect(saga.next()).toEqual({ act: 'wait', untilMs: 32_000 });
  expect(turned().undoFails(1, failure({ retry: 'never' })).record.needsIntervention).toBe(true);
});

test('a step that must succeed is retried whatever the error says and beyond every limit', () => {
  const insisting = () =>
    new Case({ steps: [step('refund', false, { mustSucceed: true })], interventionAfterAttempts: 3 });
  const saga = insisting();
  for (let attempt = 1; attempt < 3; attempt++) saga.fails(0, failure(), 900_000);
  expect(saga.record).toMatchObject({ status: 'running', needsIntervention: false });
  saga.fails(0, failure(), 900_000);
  expect(saga.record).toMatchObject({ status: 'running', needsIntervention: true });
  expect(saga.next(1_000_000)).toEqual(run(0));
  expect(insisting().fails(0, failure({ retry: 'never' })).record.needsIntervention).toBe(true);
});

test('behind the pivot nothing turns the saga round but a person: no error, no limit, no cancel request', () => {
  const saga = new Case({ pivot: 'pay' }).done('look', 'hold', 'pay');
  saga.fails(3, failure({ retry: 'never', executed: 'yes' }), 900_000);
  saga.after([{ kind: 'cancel_requested', reason: 'changed my mind' }], 900_000);
  expect(saga.record).toMatchObject({ status: 'running', needsIntervention: true });
  expect(saga.next(1_000_000)).toEqual(run(3));
  saga.after([{ kind: 'turned_by_hand', actor: 'op', reason: 'refund' }]);
  expect(saga.record).toMatchObject({ status: 'compensating', reason: { kind: 'by_hand', reason: 'refund' } });
});
