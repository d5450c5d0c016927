import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, fast, startTestGateway, type TestGateway } from './harness.ts';

// Check 10 of errors: whatever is sent, what is not a success is a problem document.

let lab: TestGateway;
let token: string;
beforeAll(async () => {
  lab = await startTestGateway({ orders: { listOrders: () => ({}) }, products: { listProducts: () => ({}) } });
  token = await lab.tokens.sign();
});
afterAll(() => lab[Symbol.asyncDispose]());

const segment = fc.oneof(
  fc.constantFrom(
    'v1',
    'orders',
    'products',
    'users',
    'payments',
    '..',
    '',
    'orders:cancel',
    '%2F',
    '%00',
    '%zz',
    'docs',
  ),
  fc.string({ maxLength: 12 }).map(encodeURIComponent),
);
const path = fc
  .tuple(fc.array(segment, { maxLength: 5 }), fc.option(fc.webQueryParameters(), { nil: undefined }))
  .map(([segments, query]) => `/${segments.join('/')}${query === undefined ? '' : `?${query}`}`)
  .filter((text) => /^[\x21-\x7e]+$/.test(text));
const body = fc.oneof(
  fc.constant(undefined),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.string({ maxLength: 200 }),
  fc
    .record({ items: fc.jsonValue(), shipping_address: fc.jsonValue(), payment_method: fc.jsonValue() })
    .map((value) => JSON.stringify(value)),
);
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS', 'REPORT'),
  path: fc.oneof(
    path,
    fc.constantFrom('/v1/orders', '/v1/products', '/v1/users', '/v1/products/1', '/v1/orders/1:cancel'),
  ),
  body,
  isSignedIn: fc.boolean(),
  key: fc.option(fc.constantFrom('k', '', 'x'.repeat(300)), { nil: undefined }),
});

function expectProblem({ status, headers, text, json }: Answer): void {
  expect(headers['content-type'], text).toBe('application/problem+json');
  expect(json).toMatchObject({
    type: expect.stringMatching(/^(\/errors\/|urn:mainstay:error:)[A-Z0-9_]+$/),
    title: expect.stringMatching(/./),
    status,
    detail: expect.stringMatching(/./),
    instance: expect.any(String),
    reason: expect.stringMatching(/^[A-Z0-9_]+$/),
    trace_id: headers['x-trace-id'],
    violations: expect.any(Array),
  });
}

test('500 random requests, half of them signed in: every answer of 400 and above is a whole problem document, and none is an internal error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 20, maxLength: 20 }), async (requests) => {
      const answers = await Promise.all(
        requests.map(({ method, path: target, body: sent, isSignedIn, key }) =>
          lab.send(method, target, {
            ...(sent !== undefined && { body: sent }),
            ...(isSignedIn && { token }),
            headers: { ...fast, ...(key !== undefined && { 'idempotency-key': key }) },
          }),
        ),
      );
      for (const answer of answers) {
        if (answer.status >= 400) expectProblem(answer);
        expect(answer.status, answer.text).not.toBe(500);
      }
    }),
    { numRuns: 25 },
  );
}, 180_000);
