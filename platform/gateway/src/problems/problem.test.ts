import { defineReasons, kernelReasons, PlatformError } from '@mainstay/kernel';
import { describe, expect, it } from 'vitest';
import { renderProblem } from './problem.ts';

const reasons = defineReasons({
  SOLD_OUT: { code: 'failed_precondition', executed: 'yes', retry: 'never', summary: '-', operator: '-' },
  LATER: { code: 'unavailable', executed: 'no', retry: 'after', retryAfterMs: 1_200, summary: '-', operator: '-' },
  ODD: { code: 'aborted', executed: 'no', retry: 'now', httpStatus: 204, summary: '-', operator: '-' },
});
const context = { instance: '/v1/orders', traceId: 'a'.repeat(32) };

describe('renderProblem', () => {
  it('shows what the error says, and its facts beside the members of its own', () => {
    const error = new PlatformError(reasons.SOLD_OUT, 'nothing is left', {
      metadata: { order_id: 'o-1', detail: 'replaced', __proto__x: '1' },
      violations: [{ field: 'items[0]', rule: 'stock', message: 'is sold out' }],
    });

    expect(renderProblem(error, context)).toEqual({
      status: 409,
      headers: { 'content-type': 'application/problem+json' },
      problem: {
        type: 'urn:mainstay:error:SOLD_OUT',
        title: 'Sold out',
        status: 409,
        detail: 'nothing is left',
        instance: '/v1/orders',
        reason: 'SOLD_OUT',
        code: 'failed_precondition',
        trace_id: 'a'.repeat(32),
        retryable: false,
        retry: 'never',
        executed: 'yes',
        violations: [{ field: 'items[0]', rule: 'stock', message: 'is sold out' }],
        order_id: 'o-1',
      },
    });
  });

  it('rounds a pause up to whole seconds', () => {
    const { status, headers } = renderProblem(new PlatformError(reasons.LATER, 'soon'), context);

    expect([status, headers['retry-after']]).toEqual([503, '2']);
  });

  it('never answers an error with the status of a success', () => {
    expect(renderProblem(new PlatformError(reasons.ODD, 'odd'), context).status).toBe(409);
  });

  it('hides what nobody foresaw, under the id that the service gave or one that stays the same', () => {
    const error = new PlatformError(kernelReasons.INTERNAL, 'password is hunter2');
    const first = renderProblem(error, context).problem;
    const given = new PlatformError(kernelReasons.INTERNAL, 'x', { metadata: { error_id: 'e-1' } });

    expect(JSON.stringify(first)).not.toContain('hunter2');
    expect(first['error_id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(renderProblem(error, context).problem['error_id']).toBe(first['error_id']);
    expect(renderProblem(given, context).problem['error_id']).toBe('e-1');
  });
});
