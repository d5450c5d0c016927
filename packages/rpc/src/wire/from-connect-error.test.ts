import { Code, ConnectError } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '@mainstay/contracts/google/rpc/error_details';
import { codes, isPlatformError, PlatformError } from '@mainstay/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromConnectError } from './from-connect-error.ts';

test('a status of a foreign peer is read from its google.rpc details', () => {
  const error = new ConnectError('slow down', Code.ResourceExhausted, undefined, [
    { desc: ErrorInfoSchema, value: { reason: 'QUOTA', domain: 'example.com', metadata: { limit: '5' } } },
    { desc: RetryInfoSchema, value: { retryDelay: { seconds: 1n, nanos: 500_000_000 } } },
    { desc: BadRequestSchema, value: { fieldViolations: [{ field: 'a[0]', description: 'bad', reason: 'r' }] } },
  ]);

  expect(fromConnectError(error)).toMatchObject({
    code: 'resource_exhausted',
    reason: 'QUOTA',
    rawMessage: 'slow down',
    executed: 'maybe',
    retry: 'after',
    retryAfterMs: 1_500,
    metadata: { limit: '5', domain: 'example.com' },
    violations: [{ field: 'a[0]', rule: 'r', message: 'bad' }],
    cause: error,
  });
});

test.each<[string, object]>([
  ['250', { retry: 'after', retryAfterMs: 250 }],
  ['-1', { retry: 'never', retryAfterMs: undefined }],
  ['soon', { retry: 'never', retryAfterMs: undefined }],
])('a push-back of %s in the trailers of a foreign peer is honoured', (value, expected) => {
  const error = new ConnectError('busy', Code.Unavailable, { 'grpc-retry-pushback-ms': value });

  expect(fromConnectError(error)).toMatchObject({ code: 'unavailable', ...expected });
});

test('every bare code has a reason of its own, with the same code', () => {
  const reasons = codes.map((code, i) => {
    const failure = fromConnectError(new ConnectError('x', i + 1));
    expect(failure.code).toBe(code);
    return failure.reason;
  });

  expect(new Set(reasons).size).toBe(16);
  expect(fromConnectError(new ConnectError('x', 99 as Code)).code).toBe('unknown');
});

test('anything at all becomes a PlatformError', () => {
  fc.assert(
    fc.property(fc.anything(), (thrown) => {
      expect(isPlatformError(fromConnectError(thrown))).toBe(true);
    }),
  );
});

test('an error that is one already, or the cause of a ConnectError, stays itself', () => {
  const error = new PlatformError(
    { name: 'X', code: 'aborted', executed: 'no', retry: 'now', summary: '', operator: '' },
    'x',
  );

  expect(fromConnectError(error)).toBe(error);
  expect(fromConnectError(new ConnectError('x', Code.Aborted, undefined, undefined, error))).toBe(error);
});
