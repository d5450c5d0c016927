import { expect, test } from 'vitest';
import { beginTexts } from './begin-texts.ts';

test.each([
  [{}, 'BEGIN'],
  [{ isolation: 'repeatable read' }, 'BEGIN ISOLATION LEVEL REPEATABLE READ'],
  [{ readOnly: true }, 'BEGIN READ ONLY'],
  [
    { isolation: 'serializable', readOnly: true, deferrable: true },
    'BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE',
  ],
  [
    { timeoutMs: 1_500.5, statementTimeoutMs: 0 },
    'BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL transaction_timeout = 1500',
  ],
] as const)('%j begins with %s', (options, text) => {
  expect(beginTexts(options).join('; ')).toBe(text);
});

test.each([{ deferrable: true }, { deferrable: true, readOnly: true }, { timeoutMs: 0 }, { timeoutMs: Number.NaN }])(
  '%j is refused',
  (options) => {
    expect(() => beginTexts(options)).toThrow('must be');
  },
);
