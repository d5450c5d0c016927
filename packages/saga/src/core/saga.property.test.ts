import { type Executed, PlatformError, type Retry } from '@mainstay/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defineSaga } from '../definition.ts';
import { sagaReasons } from '../errors.ts';
import { interrupted, newSaga, stepFailed, stepSucceeded, takenOver } from './advance.ts';
import { beginCompensation, undoFailed, undoSucceeded } from './compensation.ts';
import { decideNext, isCancelable } from './decide.ts';
import type { SagaPlan } from './plan.ts';
import type { Change, SagaRecord } from './record.ts';

interface Call {
  readonly kind: 'run' | 'undo';
  readonly step: number;
  /** What really happened at the other side, whatever the runner learned. */
  readonly effect: boolean;
}

/** What the world does to the next call, or between two calls. */
type Event =
  | { readonly on: 'call'; readonly outcome: 'ok' | 'lost-answer' | 'crash-before' | 'crash-after' | 'stop' }
  | { readonly on: 'call'; readonly outcome: 'fail'; readonly executed: Executed; readonly retry: Retry }
  | { readonly on: 'cancel' };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ on: 'call', outcome: 'ok' } as const) },
  {
    weight: 4,
    arbitrary: fc.record({
      on: fc.constant('call' as const),
      outcome: fc.constant('fail' as const),
      executed: fc.constantFrom<Executed>('no', 'maybe', 'yes'),
      retry: fc.constantFrom<Retry>('never', 'now', 'after'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      on: fc.constant('call' as const),
      outcome: fc.constantFrom(
        'lost-answer' as const,
        'crash-before' as const,
        'crash-after' as const,
        'stop' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ on: 'cancel' } as const) },
);

const planArbitrary = fc
  .record({
    undoable: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
    maxAttempts: fc.integer({ min: 1, max: 4 }),
    pivot: fc.nat(5),
  })
  .map(({ undoable, maxAttempts, pivot }): SagaPlan => {
    const steps = undoable.map((can, index) => ({
      name: `step-${index}`,
      run: async () => undefined,
      ...(can && { compensate: async () => undefined }),
      retry: { maxAttempts },
    }));
    return defineSaga({
      name: 'model',
      steps,
      ...(pivot < steps.length && { cancelUntil: `step-${pivot}` }),
      forwardSecrets: ['secret' as never],
    }).plan;
  });

test('whatever fails, crashes or is cancelled, a saga ends whole: all done and kept, or all that ran undone', () => {
  fc.assert(
    fc.property(planArbitrary, fc.array(event, { maxLength: 60 }), (plan, events) => {
      const { record, calls, statuses } = simulate(plan, events);

      expect(['completed', 'compensated']).toContain(record.status);
      expect(record.state['secret']).toBeNull();
      const turned = statuses.indexOf('compensating');
      if (turned !== -1) expect(statuses.slice(turned)).not.toContain('running');
      const firstUndo = calls.findIndex(({ kind }) => kind === 'undo');
      if (firstUndo !== -1) expect(calls.slice(firstUndo).every(({ kind }) => kind === 'undo')).toBe(true);

      for (const [index, step] of plan.steps.entries()) {
        const effects = calls.filter((call) => call.step === index && call.effect);
        const last = effects.at(-1)?.kind;
        if (record.status === 'completed') expect(last).toBe('run');
        else if (step.undoable) expect(last).not.toBe('run');
        const before = calls.findIndex((call) => call.step === index && call.kind === 'run');
        const started = calls.slice(0, Math.max(before, 0));
        if (before !== -1) {
          for (let earlier = 0; earlier < index; earlier++) {
            expect(started.some((call) => call.step === earlier && call.effect)).toBe(true);
          }
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('a cancel request is either honoured or the saga goes to its end: never both, never neither', () => {
  fc.assert(
    fc.property(planArbitrary, fc.array(event, { maxLength: 60 }), (plan, events) => {
      const { record } = simulate(plan, events);
      if (record.reason?.kind === 'canceled') expect(record.status).toBe('compensated');
      if (record.status === 'completed') expect(record.reason).toBeNull();
      expect(isCancelable(record, plan)).toBe(false);
    }),
  );
});

/** Runs a saga as the engine does, against a world that behaves as the events say and, after the last, well. */
function simulate(plan: SagaPlan, events: readonly Event[]) {
  const calls: Call[] = [];
  const statuses: string[] = [];
  const queue = [...events];
  let nowMs = 0;
  let record: SagaRecord;
  const store = (change: Change): void => {
    // What is stored is what JSON keeps.
    record = JSON.parse(JSON.stringify(change.record)) as SagaRecord;
    statuses.push(record.status);
  };
  const input = { id: 'sg', subject: 's', state: { secret: 'x' }, traceparent: null, nowMs };
  store(newSaga(plan, input));

  for (let turn = 0; turn < 1_000; turn++) {
    const decision = decideNext(record!, plan, nowMs);
    if (decision.act === 'rest') return { record: record!, calls, statuses };
    if (decision.act === 'wait') {
      nowMs = decision.untilMs;
      continue;
    }
    if (decision.act === 'compensate') {
      const reason = { kind: decision.because, step: null, reason: 'r', message: '', metadata: {} };
      store(beginCompensation(record!, plan, { reason, nowMs }));
      continue;
    }
    const next = queue.shift() ?? { on: 'call', outcome: 'ok' };
    if (next.on === 'cancel') {
      record = { ...record!, cancelReason: record!.cancelReason ?? 'changed my mind' };
      continue;
    }
    call(decision.act, decision.stepIndex, next);
  }
  throw new Error('the saga did not end');

  function call(kind: 'run' | 'undo', stepIndex: number, next: Exclude<Event, { on: 'cancel' }>): void {
    const { outcome } = next;
    const failed = (executed: Executed, retry: Retry) => {
      const error = new PlatformError(sagaReasons.SAGA_STATE_INVALID, 'x', { executed, retry });
      const input = { stepIndex, error, nowMs, random: 0.5 };
      store(kind === 'run' ? stepFailed(record!, plan, input) : undoFailed(record!, plan, input));
    };
    const ran = outcome === 'fail' ? next.executed !== 'no' : outcome !== 'crash-before';
    calls.push({ kind, step: stepIndex, effect: ran });
    if (outcome === 'ok') {
      const input = { stepIndex, patch: {}, nowMs };
      store(kind === 'run' ? stepSucceeded(record!, plan, input) : undoSucceeded(record!, plan, input));
    } else if (outcome === 'fail') failed(next.executed, next.retry);
    else if (outcome === 'lost-answer') failed('maybe', 'now');
    else if (outcome === 'stop') store(interrupted(record!));
    else store(takenOver(record!, 'dead'));
  }
}
