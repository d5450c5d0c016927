import { create } from '@bufbuild/protobuf';
import { type CreateOrderRequest, CreateOrderResponseSchema, OrderStatus } from '@mainstay/contracts/orders/v1/orders';
import type { ListProductsRequest } from '@mainstay/contracts/products/v1/products';
import { type CallContext, currentContext } from '@mainstay/kernel/context';
import { setHttpStatus } from '@mainstay/rpc';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from './harness.ts';
import { userId } from './token-issuer.ts';

const order = {
  items: [{ product_id: 'p-1', quantity: 2 }],
  shipping_address: { street: 'Main St 1', city: 'Springfield', state: 'OR', zip_code: '97475', country: 'US' },
  payment_method: { token: 'tok_visa' },
};

let lab: TestGateway;
let token: string;
/** What the last call to a backend saw. */
let seen: { request?: unknown; context?: CallContext | undefined } = {};
/** What the next call to CreateOrder does instead of confirming. */
let createOrder: (request: CreateOrderRequest) => void = () => undefined;

const note = (request: unknown): void => {
  seen = { request, context: currentContext() };
};

beforeAll(async () => {
  lab = await startTestGateway({
    orders: {
      createOrder(request) {
        note(request);
        createOrder(request);
        const total = { currencyCode: 'USD', minorUnits: 12_345_678_901_234_567n };
        return create(CreateOrderResponseSchema, { order: { id: 'o/1', status: OrderStatus.CONFIRMED, total } });
      },
      cancelOrder(request) {
        note(request);
        return { order: { id: request.id } };
      },
    },
    products: {
      listProducts(request: ListProductsRequest) {
        note(request);
        return { products: [], nextPageToken: '' };
      },
    },
    lab: {
      getThing(request: { text: string }) {
        note(request);
        return { text: request.text };
      },
      putThing(request: { inner: unknown }) {
        note(request);
        return { inner: request.inner };
      },
      patchThing: () => ({}),
      paintThing: (request: { text: string }) => ({ text: `painted ${request.text}` }),
      getFile: (request: { text: string }) => ({ text: request.text }),
    } as never,
  });
  token = await lab.tokens.sign();
});

afterAll(() => lab[Symbol.asyncDispose]());

beforeEach(() => {
  seen = {};
  createOrder = () => undefined;
});

describe('a request that succeeds', () => {
  it('becomes a call with identity, key, deadline and trace, and the answer has status, Location and snake_case', async () => {
    const answer = await lab.send('POST', '/v1/orders', {
      token,
      headers: {
        'x-api-key': 'demo-free',
        'idempotency-key': 'k-1',
        prefer: 'respond-async, wait=5',
        traceparent: '00-11111111111111111111111111111111-2222222222222222-01',
        tracestate: 'a=b',
        'mainstay-identity': 'forged',
        'mainstay-http-status': '204',
      },
      body: order,
    });

    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      location: '/v1/orders/o%2F1',
      'preference-applied': 'wait=5',
      'content-type': 'application/json; charset=utf-8',
      'x-trace-id': '1'.repeat(32),
      'x-ratelimit-limit': '100',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(answer.json).toMatchObject({
      id: 'o/1',
      status: 'ORDER_STATUS_CONFIRMED',
      payment_id: '',
      items: [],
      total: { currency_code: 'USD', minor_units: '12345678901234567' },
    });
    expect(seen.request).toMatchObject({
      items: [{ productId: 'p-1', quantity: 2 }],
      shippingAddress: { zipCode: '97475' },
    });
    expect(seen.context).toMatchObject({
      identity: { kind: 'user', userId, roles: ['customer'], tier: 'free', viaService: 'gateway' },
      idempotencyKey: 'k-1',
      preferWaitSeconds: 5,
      trace: { traceId: '1'.repeat(32), traceState: 'a=b' },
    });
    expect(seen.context?.trace.spanId).not.toBe('2'.repeat(16));
    const leftMs = (seen.context?.deadline?.atMs ?? 0) - Date.now();
    expect(leftMs).toBeGreaterThan(10_000);
    expect(leftMs).toBeLessThanOrEqual(15_000);
  });

  it('has the status that the service sets within 200 to 299', async () => {
    createOrder = () => setHttpStatus(202);

    const answer = await lab.send('POST', '/v1/orders', {
      token,
      headers: { 'x-api-key': 'demo-enterprise', 'idempotency-key': 'k-2' },
      body: order,
    });

    expect([answer.status, answer.headers.location, answer.json.id]).toEqual([202, '/v1/orders/o%2F1', 'o/1']);
    expect(answer.headers).not.toHaveProperty('preference-applied');
  });

  it('starts a trace when the client has none or a malformed one', async () => {
    const headers = { 'x-api-key': 'demo-enterprise', traceparent: '00-zz-zz-01' };
    const answer = await lab.send('GET', '/v1/products', { headers });

    expect(answer.headers['x-trace-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(seen.context?.trace.traceId).toBe(answer.headers['x-trace-id']);
    expect(seen.context?.identity).toMatchObject({ kind: 'anonymous' });
  });

  it('reads the query', async () => {
    const answer = await lab.send('GET', '/v1/products?query=red+shoes%21&pageSize=7&category=shoes');

    expect(answer.json).toEqual({ products: [], next_page_token: '' });
    expect(seen.request).toMatchObject({ query: 'red shoes!', pageSize: 7, category: 'shoes' });
  });

  it('needs no body where every field is optional', async () => {
    const answer = await lab.send('POST', '/v1/orders/o-1:cancel', { token });

    expect([answer.status, answer.json.id]).toEqual([200, 'o-1']);
  });

  it('passes a key on to a method that takes one without demanding it', async () => {
    const answer = await lab.send('POST', '/v1/orders/o-1:cancel', { token, headers: { 'idempotency-key': 'k-3' } });

    expect(answer.status).toBe(200);
    expect(seen.context?.idempotencyKey).toBe('k-3');
  });

  it('follows rules with custom verbs, one field as body, and free paths', async () => {
    const painted = await lab.send('POST', '/lab/things/a%2Fb:paint', { body: '{}' });
    const put = await lab.send('PUT', '/lab/things/a', { body: { deep_count: '5' } });
    const file = await lab.send('GET', '/lab/files/a/b%20c');

    expect(painted.json.text).toBe('painted a/b');
    expect(put.json).toEqual({ name: 'a', deep_count: '5' });
    expect(file.json.text).toBe('a/b c');
  });

  it('answers HEAD as GET without the body', async () => {
    const answer = await lab.send('HEAD', '/lab/things/x');

    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(0);
  });
});

describe('the access log', () => {
  it('has one line per request, with the template and without query, key or token', async () => {
    const answer = await lab.send('GET', '/lab/things/hidden-id?small=424242', { token });
    const lines = lab.logs.filter(({ traceId }) => traceId === answer.headers['x-trace-id']);

    expect(lines).toEqual([
      {
        message: 'request',
        fields: {
          method: 'GET',
          route: '/lab/things/{text}',
          status: 200,
          duration_ms: expect.any(Number),
          client: 'key:demo-enterprise',
        },
        traceId: answer.headers['x-trace-id'],
      },
    ]);
    expect(JSON.stringify(lab.logs)).not.toMatch(new RegExp(`hidden-id|424242|${token}`));
  });
});

describe("the gateway's own pages", () => {
  it('are an index, an OpenAPI document and documentation that may load nothing', async () => {
    const index = await lab.send('GET', '/');
    const document = await lab.send('GET', '/openapi.json');
    const docs = await lab.send('GET', '/docs');

    expect(index.json).toEqual({
      name: 'Lab',
      version: '1.2.3',
      links: { documentation: '/docs', openapi: '/openapi.json' },
    });
    expect(document.json.openapi).toBe('3.1.0');
    expect(document.json.paths['/v1/orders'].post.description).toContain('Places an order');
    expect(docs.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'sha256-/);
    expect(docs.text).not.toMatch(/(src|href)="(https?:)?\/\//);
  });
});
