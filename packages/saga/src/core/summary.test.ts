import { expect, test } from 'vitest';
import { newRecord } from './apply.ts';
import type { SagaRecord } from './record.ts';
import { fittingActions, summarize } from './summary.ts';

const fresh: SagaRecord = newRecord({
  id: 'sg_1',
  name: 'trip',
  version: 1,
  subject: 'o_1',
  stages: 'hold,pay',
  state: {},
  secrets: [],
  parent: null,
  traceparent: null,
  createdAtMs: 1_000,
});
const undo = { status: 'pending', attempts: 3, dueAtMs: 0, error: null, stuck: true } as const;
const undone: SagaRecord = {
  ...fresh,
  status: 'compensating',
  steps: fresh.steps.map((step) => (step.name === 'pay' ? { ...step, undo } : step)),
};

test.each([
  ['running', fresh, ['retry', 'compensate', 'resolve']],
  ['compensating with an undo that is left', undone, ['retry', 'skip', 'resolve']],
  ['compensating with nothing left', { ...fresh, status: 'compensating' as const }, ['retry', 'resolve']],
  ['completed', { ...fresh, status: 'completed' as const }, []],
  ['compensated', { ...fresh, status: 'compensated' as const }, []],
])('a saga that is %s lets an operator do %#', (_, record, actions) => {
  expect(fittingActions(record)).toEqual(actions);
});

test('a saga that is being undone shows the undo that failed most, and one that ended is due never', () => {
  const place = { owner: 'a', availableAtMs: 5_000, needsIntervention: true };
  expect(summarize(undone, place)).toMatchObject({
    step: 'pay',
    attempts: 3,
    owner: 'a',
    dueAtMs: 5_000,
    needsIntervention: true,
  });
  const ended = summarize({ ...fresh, status: 'completed', endedAtMs: 9 }, place);
  expect(ended).toMatchObject({ dueAtMs: Number.POSITIVE_INFINITY, actions: [] });
});
