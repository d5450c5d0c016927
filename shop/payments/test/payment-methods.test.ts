import { create } from '@bufbuild/protobuf';
import { CreatePaymentMethodRequestSchema, PaymentStatus } from '@mainstay/contracts/payments/v1/payments';
import { uuidv7 } from '@mainstay/kernel';
import { newTrace, runInContext } from '@mainstay/kernel/context';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPaymentMethod } from '../src/rpc/create-payment-method.ts';
import { listPaymentMethods } from '../src/rpc/list-payment-methods.ts';
import { openTestPayments, type TestPayments, userId } from './payments.ts';

let payments: TestPayments;
beforeAll(async () => {
  payments = await openTestPayments();
});
afterAll(() => payments[Symbol.asyncDispose]());

const as = <T>(user: string, run: () => T): T =>
  runInContext({ trace: newTrace(), identity: { kind: 'user', userId: user, roles: [] } }, run);
const store = (user: string, token: string) =>
  as(user, () => createPaymentMethod(payments.deps, create(CreatePaymentMethodRequestSchema, { token })));

test('a stored token shows brand and last 4 digits, pays by its id, and is the same method when stored twice', async () => {
  const { paymentMethod } = await store(userId, 'tok_visa');

  expect(paymentMethod).toMatchObject({ brand: 'visa', last4: expect.stringMatching(/^\d{4}$/) });
  expect((await store(userId, 'tok_visa')).paymentMethod!.id).toBe(paymentMethod!.id);
  expect((await payments.authorize(paymentMethod!.id)).payment!.status).toBe(PaymentStatus.AUTHORIZED);
});

test("somebody else's method is neither listed nor usable", async () => {
  const { paymentMethod } = await store(uuidv7(), 'tok_visa');

  const { paymentMethods } = await as(userId, () => listPaymentMethods(payments.deps));

  expect(paymentMethods.map(({ id }) => id)).not.toContain(paymentMethod!.id);
  expect((await payments.authorize(paymentMethod!.id)).decline).toMatchObject({ code: 'token_unknown' });
});

test('a token that the processor does not know is refused with its field', async () => {
  await expect(store(userId, 'tok_never_issued')).rejects.toMatchObject({
    reason: 'PAYMENT_TOKEN_UNKNOWN',
    violations: [{ field: 'token' }],
  });
});

test('no token stands readable in any table', async () => {
  await store(userId, 'tok_visa');
  await payments.authorize('tok_declined');

  for (const table of ['payments', 'payment_transactions', 'refunds', 'payment_methods']) {
    const { rows } = await payments.deps.database.query<{ found: number }>(
      `select count(*)::int as found from ${table} t where t::text like '%tok\\_%'`,
    );
    expect(rows[0]!.found, table).toBe(0);
  }
});
