import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, createApi } from './support/api.ts';
import { auditBooks } from './support/books.ts';
import { addProduct, type Order, type Person, type Product, signInAdmin, signUp } from './support/customer.ts';
import { type Fleet, startShop } from './support/fleet.ts';

describe.each([
  ['as processes', false],
  ['in a single process', true],
])('the shop %s', (_, single) => {
  let fleet: Fleet;
  let api: Api;
  let admin: Person;
  let customer: Person;

  beforeAll(async () => {
    fleet = await startShop({ single });
    api = createApi(fleet.gatewayUrl);
    admin = await signInAdmin(api);
    customer = await signUp(api);
  });
  afterAll(async () => {
    await fleet[Symbol.asyncDispose]();
  });

  const productNow = async (id: string) => (await api.call<Product>('GET', `/v1/products/${id}`)).body;

  test('sign up, search, order, ship, deliver: 201, then every step in the history, and the stock is lower', async () => {
    const product = await addProduct(admin, 10);
    const found = await api.call<{ products: Product[] }>('GET', `/v1/products?query=${product.sku}&page_size=5`);
    expect(found.body.products.map(({ id }) => id)).toContain(product.id);

    const placed = await customer.order(product.id, 3);
    expect(placed.status).toBe(201);
    expect(placed.body.status).toBe('ORDER_STATUS_CONFIRMED');
    expect(placed.headers.get('location')).toBe(`/v1/orders/${placed.body.id}`);
    expect(placed.headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
    // 3 × 19.99 + 8 % tax; shipping is free from 50.00.
    expect(placed.body.total).toEqual({ currency_code: 'USD', minor_units: String(5_997 + 480) });

    const ship = await admin.post(`/v1/orders/${placed.body.id}:ship`, { tracking_number: 'TRACK-1' });
    expect(ship.status).toBe(200);
    const delivered = await admin.post<Order>(`/v1/orders/${placed.body.id}:deliver`, {});
    expect(delivered.body.status).toBe('ORDER_STATUS_DELIVERED');

    const seen = (await customer.get<Order>(`/v1/orders/${placed.body.id}`)).body;
    expect(seen.history.map(({ to }) => to.replace('ORDER_STATUS_', ''))).toEqual([
      'PENDING',
      'RESERVED',
      'CONFIRMED',
      'SHIPPED',
      'DELIVERED',
    ]);
    expect(await productNow(product.id)).toMatchObject({ stock_quantity: 7, reserved_quantity: 0 });
    const payment = await customer.get<{ status: string }>(`/v1/payments/${seen.payment_id}`);
    expect(payment.body.status).toBe('PAYMENT_STATUS_CAPTURED');
    const told = await customer.get<{ entries: { type: string }[] }>(`/v1/payments/${seen.payment_id}/history`);
    expect(told.body.entries.map(({ type }) => type)).toEqual([
      'PaymentRequested',
      'PaymentAuthorized',
      'PaymentCaptured',
    ]);
    const confirmedAt = seen.history.find(({ to }) => to === 'ORDER_STATUS_CONFIRMED')!.at;
    const lastConfirmedMs = async () => {
      const { body } = await customer.get<{ last_confirmed_at?: string }>('/v1/users/me/order-summary');
      return Date.parse(body.last_confirmed_at ?? '1970-01-01');
    };
    await expect.poll(lastConfirmedMs, { timeout: 20_000 }).toBeGreaterThanOrEqual(Date.parse(confirmedAt));
  });

  test('an order is watched over a WebSocket as a browser opens it, and from where that was cut off as server-sent events', async () => {
    const product = await addProduct(admin, 1);
    const { body: order } = await customer.order(product.id, 1);
    const path = `/v1/orders/${order.id}:watch`;
    const socket = new WebSocket(`${fleet.gatewayUrl.replace('http', 'ws')}${path}`, [
      'mainstay.v1',
      `bearer.${customer.token}`,
    ]);
    const first = await new Promise<MessageEvent>((resolve, reject) => {
      socket.addEventListener('message', resolve, { once: true });
      socket.addEventListener('error', reject, { once: true });
    });
    const seen = JSON.parse(String(first.data)) as { position: string; order: Order };
    socket.close();
    expect(seen.order).toMatchObject({ id: order.id, status: 'ORDER_STATUS_CONFIRMED' });

    await customer.post(`/v1/orders/${order.id}:cancel`, { reason: 'changed my mind' });
    const rest = await api.call('GET', path, {
      token: customer.token,
      headers: { accept: 'text/event-stream', 'last-event-id': seen.position },
    });

    const [event = ''] = rest.text.split('\n\n').filter((part) => part.startsWith('id: '));
    expect(JSON.parse(event.split('\ndata: ')[1] ?? '{}')).toMatchObject({
      order: { status: 'ORDER_STATUS_CANCELLED' },
      changes: [{ to: 'ORDER_STATUS_CANCELLED' }],
    });
    expect(rest.text).toMatch(/event: end\ndata: \{\}\n\n$/);
    expect((await (await signUp(api)).get(path)).status).toBe(404);
  });

  test.each([
    ['tok_declined', 'card_declined'],
    ['tok_insufficient_funds', 'insufficient_funds'],
    ['tok_expired', 'expired_card'],
    ['tok_fraud', 'fraud_suspected'],
  ])('%s: 402 PAYMENT_DECLINED names the cancelled order, and the stock is back', async (token, declineCode) => {
    const product = await addProduct(admin, 4);

    const answer = await customer.order(product.id, 2, { token });

    expect(answer.status).toBe(402);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ reason: 'PAYMENT_DECLINED', status: 402, decline_code: declineCode });
    expect(await customer.settled(answer.body.order_id!)).toMatchObject({
      status: 'ORDER_STATUS_CANCELLED',
      cancel_reason: 'PAYMENT_DECLINED',
    });
    expect(await productNow(product.id)).toMatchObject({ stock_quantity: 4, available_quantity: 4 });
  });

  test.each(['tok_visa', 'tok_flaky', 'tok_slow', 'tok_timeout'])(
    '%s ends confirmed and charged once',
    async (token) => {
      const product = await addProduct(admin, 2);

      const answer = await customer.order(product.id, 1, { token, prefer: 'wait=10' });

      expect([201, 202]).toContain(answer.status);
      expect((await customer.settled(answer.body.id)).status).toBe('ORDER_STATUS_CONFIRMED');
    },
  );

  test('a slow card answers 202 with the pending order when the client waits 0 s', async () => {
    const product = await addProduct(admin, 1);

    const answer = await customer.order(product.id, 1, { token: 'tok_slow', prefer: 'wait=0' });

    expect(answer.status).toBe(202);
    expect(answer.body.status).toMatch(/PENDING|RESERVED/);
    expect((await customer.settled(answer.body.id)).status).toBe('ORDER_STATUS_CONFIRMED');
  });

  test('more than there is: 409 INSUFFICIENT_INVENTORY names the cancelled order, and nothing is charged', async () => {
    const product = await addProduct(admin, 1);

    const answer = await customer.order(product.id, 2);

    expect(answer.status).toBe(409);
    expect(answer.body.reason).toBe('INSUFFICIENT_INVENTORY');
    expect(await customer.settled(answer.body.order_id!)).toMatchObject({
      status: 'ORDER_STATUS_CANCELLED',
      cancel_reason: 'INSUFFICIENT_INVENTORY',
    });
  });

  test('one Idempotency-Key sent 10 times at once is one order, and with another body it is refused with 422', async () => {
    const product = await addProduct(admin, 20);
    const key = randomUUID();

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => customer.order(product.id, 1, { key, patient: true })),
    );

    expect(
      new Set(answers.map(({ status, text, headers }) => `${status} ${headers.get('location')} ${text}`)).size,
    ).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(9);
    await customer.settled(answers[0]!.body.id);
    expect(await productNow(product.id)).toMatchObject({ stock_quantity: 19 });
    const other = await customer.order(product.id, 2, { key });
    expect(other.status).toBe(422);
    expect(other.body.reason).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  test('a confirmed order is cancelled: refunded and restocked; a shipped one is refused, then returned', async () => {
    const product = await addProduct(admin, 5);
    const first = await customer.order(product.id, 2);
    const cancelled = await customer.post<Order>(`/v1/orders/${first.body.id}:cancel`, { reason: 'changed my mind' });
    expect(cancelled.status).toBe(200);
    await expect
      .poll(async () => (await customer.get<Order>(`/v1/orders/${first.body.id}`)).body.status, { timeout: 20_000 })
      .toBe('ORDER_STATUS_CANCELLED');
    expect(await productNow(product.id)).toMatchObject({ stock_quantity: 5, reserved_quantity: 0 });

    const second = await customer.order(product.id, 1);
    await admin.post(`/v1/orders/${second.body.id}:ship`, { tracking_number: 'TRACK-2' });
    const refused = await customer.post(`/v1/orders/${second.body.id}:cancel`, {});
    expect(refused.status).toBe(409);
    expect(refused.body['reason']).toBe('ORDER_STATE');
    await admin.post(`/v1/orders/${second.body.id}:return`, { reason: 'broken' });
    await expect
      .poll(async () => (await customer.get<Order>(`/v1/orders/${second.body.id}`)).body.status, { timeout: 20_000 })
      .toBe('ORDER_STATUS_RETURNED');
    expect(await productNow(product.id)).toMatchObject({ stock_quantity: 5 });
  });

  test('the books of the four services agree after the stories', async () => {
    expect(await auditBooks(fleet)).toEqual([]);
  });
});
