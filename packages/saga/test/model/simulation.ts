import assert from 'node:assert/strict';
import { type Executed, PlatformError, type Retry } from '@mainstay/kernel';
import { newRecord } from '../../src/core/apply.ts';
import { type Attempt, decideNext } from '../../src/core/decide.ts';
import { type JournalEntry, replay } from '../../src/core/history.ts';
import { inquiryAnswer, stepFailure, undoFailure } from '../../src/core/outcome.ts';
import { settle } from '../../src/core/settle.ts';
import type { Transition } from '../../src/core/transition.ts';
import { type SagaDefinition, type SagaRecord, sagaReasons } from '../../src/index.ts';
import { ReferenceModel } from './reference-model.ts';
import type { Happening } from './world.ts';

const by = { actor: 'operator', reason: 'by phone' };
const mostSteps = 2_000;

/**
 * Runs one saga as the engine does, against a world that behaves as the happenings say and, after the last, well.
 *
 * Every write goes through JSON into a journal, and what is read back from it must be what the runner holds.
 *
 * @returns transitions of the state machine that were made.
 */
export function simulate(definition: SagaDefinition, happenings: readonly Happening[]): number {
  const { plan, name, version, stages } = definition;
  const model = new ReferenceModel(definition);
  const queue = [...happenings];
  const journal: JournalEntry[] = [];
  const busy = new Map<number, Attempt>();
  let nowMs = 0;
  const given = {
    id: 'sg',
    subject: 's',
    state: { secret: 'x' },
    secrets: ['secret'],
    parent: null,
    traceparent: null,
  };
  const beginning = newRecord({ ...given, name, version, stages, createdAtMs: 0 });
  let record: SagaRecord = beginning;
  let next = write([]);

  for (let count = 0; count < mostSteps; count++) {
    if (next.act === 'rest') {
      model.ended(record);
      return count;
    }
    const happens = queue.shift() ?? { on: 'call', outcome: 'ok' };
    if (happens.on === 'request') {
      // Taken in with the next checkpoint, as the engine does; a saga that waits is woken for it.
      next = write(requestOf(happens.what));
      continue;
    }
    if (next.act === 'attempt') for (const attempt of next.attempts) begin(attempt);
    const [attempt] = busy.values();
    if (attempt === undefined) {
      assert(next.act === 'wait', 'nothing to do, and nothing to wait for');
      // A world that behaves well sends what is waited for.
      const waitsForEvent = next.untilMs === Number.POSITIVE_INFINITY;
      if (!waitsForEvent) nowMs = next.untilMs;
      next = write(waitsForEvent ? requestOf('event') : []);
      continue;
    }
    busy.delete(attempt.stepIndex);
    next = write(end(attempt, happens));
  }
  assert.fail('the saga did not end');

  function write(facts: readonly Transition[]) {
    const settled = settle(record, plan, { facts, nowMs, busy: new Set(busy.keys()) });
    const transitions = JSON.parse(JSON.stringify(settled.transitions)) as Transition[];
    if (transitions.length > 0) journal.push({ sequence: journal.length + 1, epoch: 1, atMs: nowMs, transitions });
    const turned = transitions.find(({ kind }) => kind === 'compensating');
    if (turned?.kind === 'compensating') model.turned(turned.reason.kind === 'by_hand');
    assert.deepEqual(replay(beginning, journal), settled.record);
    record = settled.record;
    assert.equal(settled.next.act === 'rest', decideNext(record, plan, { nowMs }).act === 'rest');
    return settled.next;
  }

  function begin(attempt: Attempt): void {
    busy.set(attempt.stepIndex, attempt);
    model[attempt.kind](attempt.stepIndex);
  }

  function end({ kind, stepIndex }: Attempt, happens: Extract<Happening, { on: 'call' }>): readonly Transition[] {
    const { outcome } = happens;
    if (outcome === 'crash-before' || outcome === 'crash-after') return crash(stepIndex, kind, outcome);
    const step = record.steps[stepIndex]!.name;
    const took = outcome === 'fail' ? happens.executed !== 'no' : true;
    if (kind === 'inquire') {
      if (outcome !== 'ok') return failed(stepIndex, kind, 'maybe', 'now');
      const isDone = model.effectOf(stepIndex);
      model.learned(stepIndex, { unclear: false, completed: isDone });
      return [inquiryAnswer(record, plan, { stepIndex, isDone, patch: undefined, nowMs })];
    }
    if (took) model.learned(stepIndex, { effect: kind === 'run' });
    if (outcome === 'stop') {
      if (kind === 'run') model.learned(stepIndex, { unclear: true });
      return [{ kind: 'step_interrupted', step }];
    }
    if (outcome === 'fail') return failed(stepIndex, kind, happens.executed, happens.retry);
    if (outcome === 'lost-answer') return failed(stepIndex, kind, 'maybe', 'now');
    if (kind === 'run') model.learned(stepIndex, { completed: true, unclear: false });
    const event = plan.steps[stepIndex]!.gate?.on === 'event' && { event: 'go' };
    return [kind === 'run' ? { kind: 'step_completed', step, ...event } : { kind: 'undo_completed', step }];
  }

  function failed(stepIndex: number, kind: Attempt['kind'], executed: Executed, retry: Retry): readonly Transition[] {
    const error = new PlatformError(sagaReasons.SAGA_STATE_INVALID, 'x', { executed, retry });
    const failure = { stepIndex, error, nowMs, random: 0.5 };
    if (kind === 'run' && executed !== 'no') model.learned(stepIndex, { unclear: executed === 'maybe' });
    return [kind === 'undo' ? undoFailure(record, plan, failure) : stepFailure(record, plan, failure)];
  }

  // All calls under way die with the runner; each may have had its effect.
  function crash(
    stepIndex: number,
    kind: Attempt['kind'],
    outcome: 'crash-before' | 'crash-after',
  ): readonly Transition[] {
    for (const attempt of [{ stepIndex, kind }, ...busy.values()]) {
      if (outcome === 'crash-after' && attempt.kind !== 'inquire') {
        model.learned(attempt.stepIndex, { effect: attempt.kind === 'run' });
      }
    }
    busy.clear();
    for (const [index, step] of record.steps.entries()) {
      if (record.status === 'running' && step.status === 'in_progress') model.learned(index, { unclear: true });
    }
    return [{ kind: 'taken_over', owner: 'b', from: 'a' }];
  }

  function requestOf(what: Extract<Happening, { on: 'request' }>['what']): readonly Transition[] {
    if (what === 'cancel') return [{ kind: 'cancel_requested', reason: 'changed my mind' }];
    if (what === 'event') return [{ kind: 'event_received', event: 'go', payload: 1 }];
    if (what === 'retry') return [{ kind: 'retried_by_hand', ...by }];
    if (what === 'turn') return record.status === 'running' ? [{ kind: 'turned_by_hand', ...by }] : [];
    const pending = record.steps.findIndex(({ undo }, index) => undo?.status === 'pending' && !busy.has(index));
    if (pending === -1) return [];
    model.skip(pending);
    return [{ kind: 'skipped_by_hand', step: record.steps[pending]!.name, ...by }];
  }
}
