import type { FieldViolation } from '@mainstay/kernel';
import { expect } from 'vitest';
import type { Answer } from './api.ts';

/** A problem document of the shop (RFC 9457). */
export interface Problem extends Record<string, unknown> {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly reason: string;
  readonly code: string;
  readonly trace_id: string;
  readonly violations: readonly FieldViolation[];
}

/** What would tell of the inside: stacks, statements, addresses, ports. */
const inside =
  /\bat .+\.ts:\d+|select .+ from|insert into|node_modules|postgres(ql)?:\/\/|127\.0\.0\.1|localhost|:\d{5}\b|ECONN|relation "/i;

/** Checks what must hold for every error, whatever went wrong. */
export function expectProblem({ status, headers, text, body }: Answer<Problem>): Problem {
  expect(headers.get('content-type'), text).toContain('application/problem+json');
  expect(body).toMatchObject({
    type: expect.stringMatching(/^(\/errors\/[A-Z0-9_]+|urn:mainstay:error:[A-Z0-9_]+)$/),
    title: expect.stringMatching(/./),
    status,
    detail: expect.stringMatching(/./),
    instance: expect.stringMatching(/^\//),
    trace_id: headers.get('x-trace-id'),
    reason: expect.stringMatching(/^[A-Z0-9_]+$/),
    retryable: expect.any(Boolean),
    executed: expect.stringMatching(/^(no|maybe|yes)$/),
    violations: expect.any(Array),
  });
  expect(text).not.toMatch(inside);
  return body;
}
