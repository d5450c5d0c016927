import { expect, test } from 'vitest';
import { defineSaga } from './definition.ts';
import { stepKey, undoKey } from './keys.ts';
import type { SagaOptions } from './saga-options.ts';

const step = (name: string) => ({ name, run: async () => undefined });

const refused: readonly [string, Partial<SagaOptions<object>>, string][] = [
  [
    'a name with a colon',
    { name: 'place:order' },
    'saga.name must be kebab-case of at most 60 characters, got "place:order"',
  ],
  ['no steps', { steps: [] }, 'saga.steps must be at least one step, got 0'],
  [
    'two steps of one name',
    { steps: [step('a'), step('a')] },
    'saga.steps must be steps with different names, got "a"',
  ],
  ['a cancelUntil that is no step', { cancelUntil: 'z' }, 'saga.cancelUntil must be one of a, got "z"'],
  ['a time limit of 0', { timeLimitMs: 0 }, 'saga.timeLimitMs must be an integer of at least 1, got 0'],
  [
    'half an attempt',
    { steps: [{ ...step('a'), retry: { maxAttempts: 0.5 } }] },
    'saga.steps.a.retry.maxAttempts must be an integer of at least 1, got 0.5',
  ],
];

test.each(refused)('refuses %s with name, rule and value', (_, changes, message) => {
  expect(() => defineSaga({ name: 'trip', steps: [step('a')], ...changes })).toThrow(message);
});

test('keys name saga, step and subject, and differ for the counter-action', () => {
  const saga = { id: 'sg_1', subject: 'o_7' };
  expect(stepKey(saga, 'reserve-stock')).toBe('saga:sg_1:reserve-stock:o_7');
  expect(undoKey(saga, 'reserve-stock')).toBe('saga:sg_1:compensate:reserve-stock:o_7');
});
