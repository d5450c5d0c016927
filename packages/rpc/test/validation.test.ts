import { createClient } from '@connectrpc/connect';
import { OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { UsersService } from '@mainstay/contracts/users/v1/users';
import type { PlatformError } from '@mainstay/kernel';
import { newTrace, withContext } from '@mainstay/kernel/context';
import { expect, test } from 'vitest';
import { bindService, createDirectTransport, createInProcessTransport, startRpcServer } from '../src/index.ts';
import { gateway, keepingLogger, type Line, silent, ways } from './connect-both.ts';

const user = {
  trace: newTrace(),
  identity: { kind: 'user', userId: 'u1', roles: ['customer'] },
} as const;

test.for(ways)('%s: all violations come at once with indexed paths, and no secret value', async (way) => {
  const lines: Line[] = [];
  let runs = 0;
  const bindings = [
    bindService(OrdersService, {
      createOrder() {
        runs++;
        return {};
      },
    }),
    bindService(UsersService, {
      createUser() {
        runs++;
        return {};
      },
    }),
  ];
  const settings = { ...silent, identity: gateway, logger: keepingLogger(lines) };
  await using server = await startRpcServer({ ...settings, bindings, serving: () => true });
  await using socket = createDirectTransport({ ...silent, identity: gateway, address: server.address });
  const transport = way === 'socket' ? socket : createInProcessTransport({ ...settings, bindings: () => bindings });

  const order = withContext(user, () =>
    createClient(OrdersService, transport).createOrder({
      items: [
        { productId: 'p1', quantity: 1 },
        { productId: '', quantity: 0 },
        { productId: 'p1', quantity: -5 },
      ],
      shippingAddress: { street: 'Hidden Road 1', city: '', zipCode: '1', country: 'de' },
      paymentMethod: { token: 'not a token: hunter2' },
    }),
  );
  const failure: PlatformError = await order.then(
    () => Promise.reject(new Error('the call did not fail')),
    (error) => error,
  );

  expect(failure).toMatchObject({ code: 'invalid_argument', reason: 'REQUEST_INVALID', executed: 'no' });
  expect(failure.violations.map(({ field, rule }) => `${field}: ${rule}`)).toEqual(
    expect.arrayContaining([
      'items: items.unique_product',
      'items[1].product_id: string.min_len',
      'items[1].quantity: int32.gte_lte',
      'items[2].quantity: int32.gte_lte',
      'shipping_address.city: string.min_len',
      'shipping_address.country: string.pattern',
      'payment_method.token: string.pattern',
    ]),
  );
  const everything = JSON.stringify([failure, failure.violations, failure.message, lines]);
  expect(everything).not.toContain('hunter2');
  expect(everything).not.toContain('Hidden Road');

  const registration = createClient(UsersService, transport).createUser({ email: 'hunter2@', password: 'hunter2' });
  const second: PlatformError = await registration.then(
    () => Promise.reject(new Error('the call did not fail')),
    (error) => error,
  );
  // Neither call had an idempotency key, and what is wrong with the request is told first.
  expect(second.reason).toBe('REQUEST_INVALID');
  expect(second.violations.length).toBeGreaterThan(0);
  expect(JSON.stringify([second, second.violations, lines])).not.toContain('hunter2');
  expect(runs).toBe(0);
});
