import comments from '@mainstay/contracts/comments.json' with { type: 'json' };
import { contractServices } from '@mainstay/contracts/services';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { LabService } from '../../test/lab.ts';
import { renderDocsPage } from '../docs/page.ts';
import { compileRoutes } from '../routes/compile-routes.ts';
import { createOpenApiDocument } from './document.ts';

const options = { title: 'Shop', version: '1.0.0', comments };
const shop = createOpenApiDocument(compileRoutes(contractServices), options);
const lab = createOpenApiDocument(compileRoutes([LabService]), options);

describe('createOpenApiDocument', () => {
  it.each([
    ['the shop', shop],
    ['every kind of rule and field', lab],
  ])('describes %s so that a validator takes it', async (_, document) => {
    const result = await new Validator().validate(JSON.parse(JSON.stringify(document)));

    expect(result).toEqual({ valid: true });
  });

  it('names each operation once, also where a method has many routes', () => {
    const ids = Object.values(lab.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );

    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(['LabService_GetTyped_GET', 'LabService_GetTyped_GET_2']));
  });

  it('has every route of the public face and no internal method', () => {
    const routes = Object.entries(shop.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );

    expect(routes).toEqual(
      expect.arrayContaining([
        'POST /v1/users',
        'POST /v1/sessions',
        'POST /v1/sessions:refresh',
        'GET /v1/users/{id}',
        'PATCH /v1/users/{id}',
        'GET /v1/products',
        'GET /v1/products/{id}',
        'POST /v1/products',
        'PATCH /v1/products/{id}',
        'POST /v1/products/{id}:adjustStock',
        'POST /v1/payment-methods',
        'POST /v1/orders',
        'GET /v1/orders',
        'GET /v1/orders/{id}',
        'POST /v1/orders/{id}:cancel',
        'GET /v1/payments/{id}',
        'POST /v1/payments/{id}:refund',
        'POST /v1/orders/{id}:ship',
        'POST /v1/orders/{id}:deliver',
        'POST /v1/orders/{id}:return',
      ]),
    );
    expect(JSON.stringify(shop)).not.toContain('ReserveStock');
  });

  it('carries limits, policy, errors and comments of a contract', () => {
    const createOrder = shop.paths['/v1/orders']?.['post'];
    const body = createOrder?.requestBody?.content['application/json']?.schema;

    expect(createOrder).toMatchObject({
      tags: ['orders'],
      security: [{ bearer: [] }, { bearer: [], apiKey: [] }],
      parameters: [
        { name: 'Idempotency-Key', in: 'header', required: true },
        { name: 'Prefer', in: 'header', required: false },
        { name: 'Grpc-Timeout', in: 'header', required: false },
      ],
    });
    expect(Object.keys(createOrder?.responses ?? {})).toEqual(
      expect.arrayContaining(['201', '202', '400', '401', '402', '409', '422', '429', 'default']),
    );
    expect(body).toMatchObject({
      required: ['items', 'shipping_address', 'payment_method'],
      additionalProperties: false,
      properties: { items: { type: 'array', minItems: 1, maxItems: 50 } },
    });
    expect(shop.components.schemas['mainstay.common.v1.Address']).toMatchObject({
      required: ['street', 'city', 'zip_code', 'country'],
      properties: {
        country: { pattern: '^[A-Z]{2}$', examples: ['US'] },
        street: {
          minLength: 1,
          maxLength: 200,
          description: expect.stringMatching(/^Street, .+ below the city\. Personal: in answers masked for all but/),
        },
      },
    });
  });

  it('tells of a stream that it can be polled where it can be taken up again', () => {
    const watched = shop.paths['/v1/orders/{id}:watch']?.['get'];
    const people = lab.paths['/lab/people:watch']?.['get'];
    const answered = (operation: typeof watched): unknown => operation?.responses['200'];

    expect(watched?.parameters.map(({ name }) => name)).toEqual([
      'id',
      'after_position',
      'Last-Event-ID',
      'Prefer',
      'Grpc-Timeout',
    ]);
    expect(answered(watched)).toMatchObject({
      content: { 'application/json': { schema: { required: ['events', 'ended'] } }, 'text/event-stream': {} },
    });
    expect(answered(people)).not.toHaveProperty(['content', 'application/json']);
  });

  it('leaves fields of the path out of the body, and takes parameters from the query', () => {
    const update = shop.paths['/v1/users/{id}']?.['patch'];
    const list = shop.paths['/v1/products']?.['get'];

    expect(update?.requestBody?.content['application/json']?.schema?.properties).not.toHaveProperty('id');
    expect(update?.parameters.map(({ name, in: place }) => `${place} ${name}`)).toEqual([
      'path id',
      'header Grpc-Timeout',
    ]);
    expect(list?.parameters.map(({ name, in: place }) => `${place} ${name}`)).toEqual([
      'query query',
      'query category',
      'query page_size',
      'query page_token',
      'header Grpc-Timeout',
    ]);
  });
});

describe('renderDocsPage', () => {
  it('shows every operation, escapes what contracts say, and runs only what its policy names', () => {
    const evil = createOpenApiDocument(compileRoutes(contractServices), {
      ...options,
      title: '<script>alert(1)</script>',
      comments: { 'orders.v1.OrdersService.GetOrder': 'Returns "one" <img src=x onerror=alert(1)> `order`.' },
    });
    const { html, contentSecurityPolicy } = renderDocsPage(evil);

    expect(html.match(/<details class="op"/g)).toHaveLength(compileRoutes(contractServices).length);
    expect(html).not.toMatch(/<img|<script>alert/);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt; <code>order</code>');
    expect(html.match(/<script>/g)).toHaveLength(1);
    const attributes = [...html.matchAll(/<[a-z]\w*((?:\s+[\w-]+(?:="[^"]*")?)*)\s*>/g)].flatMap(([, text = '']) =>
      [...text.matchAll(/([\w-]+)="/g)].map(([, name]) => name),
    );
    expect(new Set(attributes)).toEqual(
      new Set('lang charset name content rel href class id type placeholder aria-label data-text'.split(' ')),
    );
    expect(contentSecurityPolicy).not.toMatch(/unsafe|\*|https?:/);
  });

  it('writes examples that can be pasted', () => {
    const { html } = renderDocsPage(shop);
    const text = html.replaceAll('&quot;', '"').replaceAll('&#39;', "'");

    expect(text).toContain('curl -X POST "$GATEWAY/v1/orders"');
    expect(text).toContain(`-H 'Idempotency-Key: order-2026-01-31-0001'`);
    expect(text).toContain('"country":"US"');
  });
});
