import { create } from '@bufbuild/protobuf';
import {
  CapturePaymentRequestSchema,
  GetPaymentByOrderRequestSchema,
  PaymentStatus,
} from '@mainstay/contracts/payments/v1/payments';
import { uuidv7 } from '@mainstay/kernel';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { capturePayment } from '../src/rpc/capture-payment.ts';
import { getPaymentByOrder } from '../src/rpc/get-payment-by-order.ts';
import { openTestPayments, type TestPayments } from './payments.ts';

let payments: TestPayments;
beforeAll(async () => {
  payments = await openTestPayments();
});
afterEach(() => payments.processor.setFaults({ down: false, lost_answer_ratio: 0, error_ratio: 0, latency_ms: 0 }));
afterAll(() => payments[Symbol.asyncDispose]());

const capture = (orderId: string) => capturePayment(payments.deps, create(CapturePaymentRequestSchema, { orderId }));
const byOrder = async (orderId: string) =>
  (await getPaymentByOrder(payments.deps, create(GetPaymentByOrderRequestSchema, { orderId }))).payment!;

test('an order is authorised, then captured, and its history has both exchanges', async () => {
  const orderId = uuidv7();
  const { payment, decline } = await payments.authorize('tok_visa', { orderId, minorUnits: 5_000n });
  expect(decline).toBeUndefined();
  expect(payment).toMatchObject({ status: PaymentStatus.AUTHORIZED, amount: { minorUnits: 5_000n } });

  expect((await capture(orderId)).payment).toMatchObject({
    status: PaymentStatus.CAPTURED,
    capturedAmount: { minorUnits: 5_000n },
  });
  expect((await byOrder(orderId)).transactions.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
    'authorize succeeded',
    'capture succeeded',
  ]);
});

test('20 authorisations and 20 captures of one order at once charge once', async () => {
  const orderId = uuidv7();
  const before = await payments.processor.netMinorUnits();

  await Promise.all(Array.from({ length: 20 }, () => payments.authorize('tok_visa', { orderId })));
  await Promise.all(Array.from({ length: 20 }, () => capture(orderId)));

  expect((await payments.processor.netMinorUnits()) - before).toBe(5_000);
  expect((await byOrder(orderId)).transactions).toHaveLength(2);
});

test.each([
  ['tok_declined', 'card_declined'],
  ['tok_insufficient_funds', 'insufficient_funds'],
  ['tok_expired', 'expired_card'],
  ['tok_fraud', 'fraud_suspected'],
  ['tok_never_issued', 'token_unknown'],
  [uuidv7(), 'token_unknown'],
])('%s is declined with %s, twice the same, and cannot be captured', async (token, code) => {
  const orderId = uuidv7();

  const answers = [await payments.authorize(token, { orderId }), await payments.authorize('tok_visa', { orderId })];

  for (const { payment, decline } of answers) {
    expect(payment!.status).toBe(PaymentStatus.DECLINED);
    expect(decline).toMatchObject({ code });
  }
  await expect(capture(orderId)).rejects.toMatchObject({ reason: 'PAYMENT_STATE' });
});

test('tok_flaky is unavailable twice, certainly without a charge, then works', async () => {
  const orderId = uuidv7();
  const attempt = () => payments.authorize('tok_flaky', { orderId });

  for (let i = 0; i < 2; i++) {
    await expect(attempt()).rejects.toMatchObject({ reason: 'PROCESSOR_UNAVAILABLE', executed: 'no', retry: 'after' });
  }
  expect((await attempt()).payment!.status).toBe(PaymentStatus.AUTHORIZED);
});

test('tok_slow is waited for', async () => {
  expect((await payments.authorize('tok_slow')).payment!.status).toBe(PaymentStatus.AUTHORIZED);
});

test('tok_timeout never answers: the hold is found by asking, and there is 1 of it', async () => {
  const { payment } = await payments.authorize('tok_timeout');

  expect(payment!.status).toBe(PaymentStatus.AUTHORIZED);
  expect(await payments.processor.statusesOf(payment!.id)).toEqual(['authorized']);
  expect((await byOrder(payment!.orderId)).transactions.map(({ outcome }) => outcome)).toEqual([
    'unknown',
    'succeeded',
  ]);
});

test('a processor that is down is an outage without a charge, and the same call works when it is back', async () => {
  const orderId = uuidv7();
  await payments.processor.setFaults({ down: true });
  await expect(payments.authorize('tok_visa', { orderId })).rejects.toMatchObject({ reason: 'PROCESSOR_UNAVAILABLE' });
  await payments.processor.setFaults({ down: false });

  expect((await payments.authorize('tok_visa', { orderId })).payment!.status).toBe(PaymentStatus.AUTHORIZED);
  expect(await payments.processor.statusesOf((await byOrder(orderId)).id)).toEqual(['authorized']);
});

test('a capture whose answer is lost is charged once when it is repeated', async () => {
  const orderId = uuidv7();
  await payments.authorize('tok_visa', { orderId });
  const before = await payments.processor.netMinorUnits();
  await payments.processor.setFaults({ lost_answer_ratio: 1 });
  await expect(capture(orderId)).rejects.toMatchObject({ reason: 'PROCESSOR_UNAVAILABLE', executed: 'maybe' });
  await payments.processor.setFaults({ lost_answer_ratio: 0 });

  await capture(orderId);

  expect((await payments.processor.netMinorUnits()) - before).toBe(5_000);
});

test('the processor killed with -9 between authorisation and capture remembers the hold', async () => {
  const orderId = uuidv7();
  await payments.authorize('tok_visa', { orderId });

  await payments.processor.kill9AndRestart();

  expect((await capture(orderId)).payment!.status).toBe(PaymentStatus.CAPTURED);
});
