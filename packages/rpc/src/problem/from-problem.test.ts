import { describe, expect, it } from 'vitest';
import { localizedMessageOf } from '../messages/localized-message.ts';
import { fromProblem, readProblem } from './from-problem.ts';

describe('fromProblem', () => {
  it('reads the problem of another implementation: detail, its list of fields, facts, and the pause of the header', () => {
    const body = JSON.stringify({
      type: 'https://example.test/probs/out-of-credit',
      title: 'You do not have enough credit.',
      detail: 'Your balance is 30, that costs 50.',
      balance: 30,
      account: '/account/12345',
      invalid_params: [{ name: 'amount', reason: 'is too much' }, 7],
    });

    const error = fromProblem({ status: 403, body });

    expect(error).toMatchObject({
      code: 'permission_denied',
      reason: 'STATUS_PERMISSION_DENIED',
      rawMessage: 'Your balance is 30, that costs 50.',
      retry: 'never',
      executed: 'no',
      metadata: { account: '/account/12345' },
      violations: [{ field: 'amount', rule: '', message: 'is too much' }],
    });
  });

  it.each([
    [400, 'invalid_argument', undefined],
    [401, 'unauthenticated', undefined],
    [402, 'invalid_argument', 402],
    [404, 'not_found', undefined],
    [409, 'failed_precondition', undefined],
    [410, 'not_found', 410],
    [429, 'resource_exhausted', undefined],
    [500, 'internal', undefined],
    [502, 'unavailable', 502],
    [503, 'unavailable', undefined],
    [504, 'deadline_exceeded', undefined],
    [599, 'unknown', 599],
  ])('reads %i without a usable body as %s', (status, code, httpStatus) => {
    for (const body of ['', '<html>', '[1]', 'null', '"text"']) {
      expect(fromProblem({ status, body })).toMatchObject({ code, httpStatus, rawMessage: `HTTP status ${status}` });
    }
  });

  it.each([
    ['120', 120_000],
    ['0', 0],
    ['soon', undefined],
  ])('takes Retry-After: %s as a pause of %s ms', (retryAfter, pauseMs) => {
    const error = fromProblem({ status: 503, body: '', retryAfter });

    expect([error.retry, error.retryAfterMs]).toEqual(['after', pauseMs ?? 1_000]);
  });

  it('takes nothing but the words it knows, of whatever type the members are', () => {
    const body = JSON.stringify({
      code: 'sideways',
      reason: 7,
      executed: 'perhaps',
      retry: {},
      retryable: 'yes',
      detail: [],
      violations: { field: 'x' },
      localized_message: { language: 'de', message: 'Nein.' },
    });
    const error = fromProblem({ status: 404, body });

    expect(error).toMatchObject({
      code: 'not_found',
      reason: 'STATUS_NOT_FOUND',
      executed: 'yes',
      violations: [],
      metadata: {},
    });
    expect(localizedMessageOf(error)).toEqual({ language: 'de', message: 'Nein.' });
  });
});

describe('readProblem', () => {
  it('reads a response, and one whose body breaks off by its status', async () => {
    const broken = new ReadableStream({ start: (controller) => controller.error(new Error('reset')) });

    const whole = await readProblem(Response.json({ reason: 'SOLD_OUT', code: 'aborted' }, { status: 409 }));
    expect(whole).toMatchObject({ reason: 'SOLD_OUT', code: 'aborted' });
    expect(await readProblem(new Response(broken, { status: 503 }))).toMatchObject({ reason: 'STATUS_UNAVAILABLE' });
  });
});
