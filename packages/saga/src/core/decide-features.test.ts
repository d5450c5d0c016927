import { expect, test } from 'vitest';
import { Case, failure, run, type State, step, undo } from '../../test/model/case.ts';
import type { SagaStep } from '../saga-options.ts';
import { apply } from './apply.ts';
import { decideNext } from './decide.ts';
import { inquiryAnswer, stepFailure } from './outcome.ts';
import { settle } from './settle.ts';
import type { Transition } from './transition.ts';

test('steps side by side begin together, the next stage when all are done; one that fails waits for the others', () => {
  const steps = [step('look', false), { parallel: [step('hold'), step('pay')] }, step('close')];
  const saga = new Case({ steps }).done('look');
  expect(saga.next()).toEqual(run(1, 2));
  expect(decideNext(saga.record, saga.plan, { nowMs: 2_000, busy: new Set([2]) })).toEqual(run(1));
  saga.done('pay');
  expect(saga.next()).toEqual(run(1));

  const fact = stepFailure(saga.record, saga.plan, {
    stepIndex: 1,
    error: failure({ retry: 'never' }),
    nowMs: 2_000,
    random: 1,
  });
  const waits = settle(new Case({ steps }).done('look').record, saga.plan, {
    facts: [fact],
    nowMs: 2_000,
    busy: new Set([2]),
  });
  expect(waits.next).toEqual({ act: 'join' });
  expect(
    settle(waits.record, saga.plan, { facts: [{ kind: 'step_completed', step: 'pay' }], nowMs: 2_000 }),
  ).toMatchObject({
    record: { status: 'compensating', reason: { step: 'hold' } },
    next: undo(2),
  });
});

test('asks what became of an attempt before it repeats it, gives it up or takes it for done', () => {
  const asking = () => new Case({ steps: [step('pay', true, { inquire: async () => ({ outcome: 'done' }) })] });
  const ask = { act: 'attempt', attempts: [{ kind: 'inquire', stepIndex: 0 }] };
  const answer = (saga: Case, isDone: boolean) =>
    saga.after([inquiryAnswer(saga.record, saga.plan, { stepIndex: 0, isDone, patch: {}, nowMs: 3_000 })], 3_000);

  expect(
    asking()
      .fails(0, failure({ executed: 'no' }))
      .next(2_100),
  ).toEqual(run(0));
  expect(
    asking()
      .fails(0, failure({ executed: 'maybe' }))
      .next(2_100),
  ).toEqual(ask);
  expect(
    asking()
      .after([{ kind: 'taken_over', owner: 'b', from: 'a' }])
      .next(),
  ).toEqual(ask);
  const refused = () => asking().fails(0, failure({ executed: 'maybe', retry: 'never' }));
  expect(refused().next(2_100)).toEqual(ask);
  expect(answer(refused(), true).record.status).toBe('completed');
  expect(answer(refused(), false).record).toMatchObject({ status: 'compensating', reason: { kind: 'step_failed' } });
  expect(answer(asking().fails(0, failure({ executed: 'maybe' })), false).next(3_000)).toEqual(run(0));
});

test('a step that repeats only what did not run is undone when that is not known', () => {
  const careful = () => new Case({ steps: [step('pay', true, { retry: { on: 'not-run' } })] });
  expect(careful().fails(0, failure({ executed: 'no' })).record.status).toBe('running');
  expect(careful().fails(0, failure({ executed: 'maybe' })).record.status).toBe('compensating');
  expect(careful().after([{ kind: 'taken_over', owner: 'b', from: 'a' }]).record).toMatchObject({
    status: 'compensating',
    reason: { reason: 'SAGA_OUTCOME_UNKNOWN' },
  });
});

test('waits for an event, also one that came early, and fails or runs without it at its limit', () => {
  const waiting = (atLimit: 'fail' | 'run') =>
    new Case({
      steps: [step('look'), step('hold', true, { waitFor: { event: 'paid', timeLimitMs: 5_000, atLimit } })],
    });
  const paid: Transition = { kind: 'event_received', event: 'paid', payload: { by: 'card' } };

  expect(waiting('fail').done('look').next()).toEqual({ act: 'wait', untilMs: 6_000 });
  expect(waiting('fail').done('look').after([paid]).next()).toEqual(run(1));
  expect(waiting('fail').after([paid]).done('look').next()).toEqual(run(1));
  expect(waiting('run').done('look').next(6_000)).toEqual(run(1));
  expect(waiting('fail').done('look').after([], 6_000).record).toMatchObject({
    status: 'compensating',
    reason: { reason: 'SAGA_EVENT_MISSING', step: 'hold' },
  });
  const taken = waiting('fail')
    .done('look')
    .after([paid, paid, { kind: 'step_completed', step: 'hold', event: 'paid' }]);
  expect(taken.record).toMatchObject({ status: 'completed', inbox: [{ event: 'paid' }] });
  expect(taken.record.inbox).toHaveLength(1);
});

test('waits for a time from the moment it is reached, or one that the state tells', () => {
  const from = (waitFor: SagaStep<State>['waitFor']) =>
    new Case({ steps: [step('hold', true, { waitFor: waitFor! })] });
  expect(from({ ms: 500 }).next(1_499)).toEqual({ act: 'wait', untilMs: 1_500 });
  expect(from({ ms: 500 }).next(1_500)).toEqual(run(0));
  expect(from({ untilMs: ({ secret }) => (secret === 's' ? 7_000 : 0) }).next()).toEqual({
    act: 'wait',
    untilMs: 7_000,
  });
});

test('an operator repeats at once, skips an undo, and resolves; each stands in the record', () => {
  const by = { actor: 'op', reason: 'by phone' };
  const stuck = () => new Case().done('look', 'hold').fails(2, failure({ retry: 'never' }));
  const again = stuck()
    .undoFails(1, failure({ retry: 'never' }))
    .after([{ kind: 'retried_by_hand', ...by }], 2_050);
  expect(again.record.needsIntervention).toBe(false);
  expect(again.next(2_050)).toEqual(undo(1));
  const skipped = stuck().after([{ kind: 'skipped_by_hand', step: 'hold', ...by }]);
  expect(skipped.record).toMatchObject({ status: 'compensated', steps: [{}, { undo: { status: 'skipped' } }, {}, {}] });
  const resolved = stuck().after([{ kind: 'resolved_by_hand', end: 'compensated', ...by }]);
  expect(resolved.record).toMatchObject({ status: 'compensated', needsIntervention: false, requestCount: 1 });
});

test('what is asked of a saga is counted, so that one that ends has taken in everything', () => {
  const asked = apply(new Case().record, { kind: 'cancel_requested', reason: 'a' }, 1_000);
  expect(apply(asked, { kind: 'cancel_requested', reason: 'b' }, 1_000)).toMatchObject({
    requestCount: 2,
    cancelReason: 'a',
  });
});
