import { Code, ConnectError } from '@connectrpc/connect';
import { codeNumber, codes, defineReasons, PlatformError } from '@mainstay/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fast, startTestGateway, type TestGateway } from './harness.ts';

const reasons = defineReasons({
  PAYMENT_DECLINED: {
    code: 'failed_precondition',
    executed: 'yes',
    retry: 'never',
    httpStatus: 402,
    summary: '-',
    operator: '-',
  },
});

const order = {
  items: [{ product_id: 'p-1', quantity: 2 }],
  shipping_address: { street: 'Main St 1', city: 'Springfield', state: 'OR', zip_code: '97475', country: 'US' },
  payment_method: { token: 'tok_declined' },
};

let lab: TestGateway;
let token: string;
let calls = 0;

beforeAll(async () => {
  lab = await startTestGateway({
    orders: {
      createOrder() {
        calls += 1;
        throw new PlatformError(reasons.PAYMENT_DECLINED, 'the card was declined', {
          metadata: { order_id: 'o-7', decline_code: 'insufficient_funds', status: '999', 'Bad-Name': 'x' },
        });
      },
      getOrder() {
        throw new ConnectError('secret stack at 10.0.0.1', Code.Internal);
      },
    },
    lab: {
      getThing(request: { text: string }) {
        const code = codes.find((candidate) => candidate === request.text) ?? 'unknown';
        throw new ConnectError('said the service', codeNumber(code));
      },
    } as never,
  });
  token = await lab.tokens.sign();
});

afterAll(() => lab[Symbol.asyncDispose]());

describe('a request that fails', () => {
  it.each([
    ['canceled', 499],
    ['unknown', 500],
    ['invalid_argument', 400],
    ['deadline_exceeded', 504],
    ['not_found', 404],
    ['already_exists', 409],
    ['permission_denied', 403],
    ['resource_exhausted', 429],
    ['failed_precondition', 409],
    ['aborted', 409],
    ['out_of_range', 400],
    ['unimplemented', 501],
    ['internal', 500],
    ['unavailable', 503],
    ['data_loss', 500],
    ['unauthenticated', 401],
  ])('with %s becomes %i, in one shape', async (code, status) => {
    const answer = await lab.send('GET', `/lab/things/${code}?small=1`);

    expect([answer.status, answer.json.status]).toEqual([status, status]);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json).toMatchObject({
      type: `urn:mainstay:error:${answer.json.reason}`,
      title: expect.any(String),
      detail: expect.any(String),
      instance: `/lab/things/${code}`,
      trace_id: answer.headers['x-trace-id'],
      retryable: expect.any(Boolean),
      executed: expect.stringMatching(/^(no|maybe|yes)$/),
      violations: [],
    });
    expect(answer.headers['retry-after'] !== undefined).toBe(status === 429 || status === 503 || code === 'aborted');
  });

  it('keeps reason, status and facts of the service', async () => {
    const answer = await lab.send('POST', '/v1/orders', {
      token,
      headers: { ...fast, 'idempotency-key': 'k-4' },
      body: order,
    });

    expect(answer.status).toBe(402);
    expect(answer.json).toMatchObject({
      reason: 'PAYMENT_DECLINED',
      title: 'Payment declined',
      detail: 'the card was declined',
      status: 402,
      executed: 'yes',
      retryable: false,
      order_id: 'o-7',
      decline_code: 'insufficient_funds',
    });
    expect(answer.json).not.toHaveProperty('Bad-Name');
  });

  it('shows nothing of an internal error but an id that is in the log', async () => {
    const answer = await lab.send('GET', '/v1/orders/o-1', { token });

    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/stack|10\.0\.0\.1|secret/);
    expect(answer.json.error_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(lab.logs).toContainEqual(
      expect.objectContaining({
        message: 'request failed unforeseen',
        fields: expect.objectContaining({ error_id: answer.json.error_id }),
        traceId: answer.headers['x-trace-id'],
      }),
    );
  });

  it('with the rules of the contract broken lists the violations that the service found', async () => {
    calls = 0;
    const answer = await lab.send('POST', '/v1/orders', {
      token,
      headers: { ...fast, 'idempotency-key': 'k-5' },
      body: { ...order, items: [{ product_id: 'p-1', quantity: -1 }] },
    });

    expect(answer.status).toBe(400);
    expect(answer.json.reason).toBe('REQUEST_INVALID');
    expect(answer.json.violations.map(({ field }: { field: string }) => field)).toContain('items[0].quantity');
    expect(calls).toBe(0);
  });

  it.each([
    ['GET', '/v1/nothing', 404, 'ROUTE_NOT_FOUND', undefined],
    ['GET', '/lab/hidden', 404, 'ROUTE_NOT_FOUND', undefined],
    ['DELETE', '/v1/orders', 405, 'METHOD_NOT_ALLOWED', 'GET, HEAD, OPTIONS, POST'],
    ['GET', '/v1/orders/1:cancel', 405, 'METHOD_NOT_ALLOWED', 'OPTIONS, POST'],
    ['TRACE', '/v1/orders', 405, 'METHOD_NOT_ALLOWED', 'GET, HEAD, OPTIONS, POST'],
    ['REPORT', '/v1/orders', 405, 'METHOD_NOT_ALLOWED', 'GET, HEAD, OPTIONS, POST'],
    ['REPORT', '/v1/nothing', 404, 'ROUTE_NOT_FOUND', undefined],
    ['POST', '/docs', 405, 'METHOD_NOT_ALLOWED', 'GET, HEAD, OPTIONS'],
  ])('%s %s → %i %s', async (method, path, status, reason, allow) => {
    const answer = await lab.send(method, path, { token });

    expect([answer.status, answer.json.reason, answer.headers.allow]).toEqual([status, reason, allow]);
    expect(answer.headers['x-trace-id']).toBe(answer.json.trace_id);
  });

  it('OPTIONS tells the methods of a path', async () => {
    const answer = await lab.send('OPTIONS', '/v1/users/1');

    expect([answer.status, answer.headers.allow, answer.text]).toEqual([204, 'GET, HEAD, OPTIONS, PATCH', '']);
  });
});
