import reasons from '@mainstay/contracts/reasons.json' with { type: 'json' };
import { type Code, type Executed, httpStatusOf, PlatformError, type Reason, type Retry } from '@mainstay/kernel';
import { fromConnectError, fromProblem, localizedMessageOf, toConnectError } from '@mainstay/rpc';
import { describe, expect, it } from 'vitest';
import { renderProblem } from './problem.ts';

const rows: readonly Reason[] = reasons.map((row) => ({
  name: row.reason,
  code: row.code as Code,
  executed: row.executed as Executed,
  retry: row.retry as Retry,
  ...('retry_after_ms' in row && { retryAfterMs: row.retry_after_ms as number }),
  ...(row.http_status !== httpStatusOf(row.code as Code) && { httpStatus: row.http_status }),
  summary: row.summary,
  operator: '',
}));
const hidden = new Set<Code>(['internal', 'unknown', 'data_loss']);
const documented = new Set(rows.map(({ name }) => name));
const context = { instance: '/v1/orders', traceId: 'a'.repeat(32), acceptLanguage: 'en' };
const messages = { languages: ['en'], sentence: () => 'A sentence.' };

/** What a caller can see of an error, whatever it came over. */
function visible(error: PlatformError): object {
  const { code, reason, executed, retry, retryAfterMs, httpStatus, metadata, violations, rawMessage } = error;
  return { code, reason, executed, retry, retryAfterMs, httpStatus, metadata, violations, rawMessage };
}

describe('the error table', () => {
  it(`has ${rows.length} reasons, each the same over HTTP and over gRPC and back`, () => {
    expect(rows.length).toBeGreaterThan(150);
    for (const row of rows) {
      const error = new PlatformError(row, 'what happened', {
        metadata: { order_id: '42' },
        violations: [{ field: 'items[2].quantity', rule: 'int32.gt', message: 'must be more than 0' }],
      });
      const { status, headers, problem } = renderProblem(error, context, { messages, documented });

      expect(status, row.name).toBe(row.httpStatus ?? httpStatusOf(row.code));
      expect(problem, row.name).toMatchObject({
        type: `/errors/${row.name}`,
        status,
        reason: row.name,
        code: row.code,
      });
      const retryAfter = headers['retry-after'];
      const overHttp = fromProblem({ status, body: JSON.stringify(problem), retryAfter });
      const overGrpc = fromConnectError(toConnectError(error));
      if (hidden.has(row.code)) {
        expect(visible(overHttp), row.name).toMatchObject({
          reason: row.name,
          metadata: { error_id: expect.any(String) },
        });
      } else {
        expect(visible(overHttp), row.name).toEqual(visible(overGrpc));
      }
      expect(localizedMessageOf(overHttp)).toEqual({ language: 'en', message: 'A sentence.' });
    }
  });

  it('keeps what single errors add: another status, pause and answer to whether it ran', () => {
    const [row] = rows as [Reason];
    const error = new PlatformError(row, 'x', { executed: 'maybe', retryAfterMs: 1_234, httpStatus: 418 });
    const { status, headers, problem } = renderProblem(error, context);
    const read = fromProblem({ status, body: JSON.stringify(problem), retryAfter: headers['retry-after'] });

    expect(visible(read)).toEqual(visible(error));
  });

  it('says a problem in a language only when the request names one', () => {
    const error = new PlatformError(rows[0] as Reason, 'x');

    expect(renderProblem(error, { instance: '', traceId: '' }).problem).not.toHaveProperty('localized_message');
    expect(renderProblem(error, context).problem.localized_message).toMatchObject({ language: 'en' });
  });
});
