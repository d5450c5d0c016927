import { type Code, codes, defineReasons, kernelReasons, PlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { resilienceReasons } from '../errors.ts';
import { type CallOutcome, classifyError } from './classify.ts';

const expected: Readonly<Record<Code, CallOutcome>> = {
  canceled: 'neutral',
  unknown: 'failure',
  invalid_argument: 'success',
  deadline_exceeded: 'failure',
  not_found: 'success',
  already_exists: 'success',
  permission_denied: 'success',
  resource_exhausted: 'neutral',
  failed_precondition: 'success',
  aborted: 'success',
  out_of_range: 'success',
  unimplemented: 'success',
  internal: 'failure',
  unavailable: 'failure',
  data_loss: 'failure',
  unauthenticated: 'success',
};

test.each(codes)('%s', (code) => {
  const { SOME } = defineReasons({ SOME: { code, executed: 'maybe', retry: 'never', summary: 'x', operator: 'x' } });

  expect(classifyError(new PlatformError(SOME, 'x'))).toBe(expected[code]);
});

test.each<[string, unknown, CallOutcome]>([
  ['a plain error, such as a lost connection', Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'failure'],
  ['something thrown that is no error', 'x', 'failure'],
  ['an abort by the caller', new DOMException('x', 'AbortError'), 'neutral'],
  ['a time-out of the platform', new DOMException('x', 'TimeoutError'), 'failure'],
  [
    'a deadline that had passed before the call',
    new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'x', { executed: 'no' }),
    'neutral',
  ],
  ['the refusal of another circuit further on', new PlatformError(resilienceReasons.CIRCUIT_OPEN, 'x'), 'neutral'],
])('%s', (_, error, outcome) => {
  expect(classifyError(error)).toBe(outcome);
});
