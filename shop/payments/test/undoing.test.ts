import { create } from '@bufbuild/protobuf';
import {
  CancelPaymentRequestSchema,
  CapturePaymentRequestSchema,
  type Payment,
  PaymentStatus,
  RefundPaymentRequestSchema,
} from '@mainstay/contracts/payments/v1/payments';
import { setFaultHandler, uuidv7 } from '@mainstay/kernel';
import { withContext } from '@mainstay/kernel/context';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { cancelPayment } from '../src/rpc/cancel-payment.ts';
import { capturePayment } from '../src/rpc/capture-payment.ts';
import { refundPayment } from '../src/rpc/refund-payment.ts';
import { settleOnce } from '../src/settlement/settle-once.ts';
import { openTestPayments, type TestPayments } from './payments.ts';

let payments: TestPayments;
beforeAll(async () => {
  payments = await openTestPayments();
});
afterEach(async () => {
  setFaultHandler(undefined);
  await payments.processor.setFaults({ down: false, lost_answer_ratio: 0 });
});
afterAll(() => payments[Symbol.asyncDispose]());

const cancel = (orderId: string) =>
  cancelPayment(payments.deps, create(CancelPaymentRequestSchema, { orderId, reason: 'test' }));
const capture = (orderId: string) => capturePayment(payments.deps, create(CapturePaymentRequestSchema, { orderId }));
const refund = (id: string, minorUnits: bigint | undefined, effectId: string = uuidv7()) =>
  withContext({ effect: { id: effectId, guard: () => undefined } }, () =>
    refundPayment(
      payments.deps,
      create(RefundPaymentRequestSchema, {
        id,
        reason: 'test',
        ...(minorUnits !== undefined && { amount: { currencyCode: 'USD', minorUnits } }),
      }),
    ),
  );

async function captured(minorUnits: bigint): Promise<Payment> {
  const orderId = uuidv7();
  await payments.authorize('tok_visa', { orderId, minorUnits });
  return (await capture(orderId)).payment!;
}

test('a hold is voided, and nothing can be captured or authorised afterwards', async () => {
  const orderId = uuidv7();
  const { payment } = await payments.authorize('tok_visa', { orderId });

  expect((await cancel(orderId)).payment!.status).toBe(PaymentStatus.VOIDED);
  expect((await cancel(orderId)).payment!.status).toBe(PaymentStatus.VOIDED);

  expect(await payments.processor.statusesOf(payment!.id)).toEqual(['voided']);
  await expect(capture(orderId)).rejects.toMatchObject({ reason: 'PAYMENT_CLOSED' });
  await expect(payments.authorize('tok_visa', { orderId })).rejects.toMatchObject({ reason: 'PAYMENT_CLOSED' });
});

test('a charge is given back whole, 10 cancellations at once give it back once', async () => {
  const before = await payments.processor.netMinorUnits();
  const { orderId } = await captured(5_000n);

  await Promise.all(Array.from({ length: 10 }, () => cancel(orderId)));

  expect((await cancel(orderId)).payment).toMatchObject({
    status: PaymentStatus.REFUNDED,
    refundedAmount: { minorUnits: 5_000n },
  });
  expect(await payments.processor.netMinorUnits()).toBe(before);
});

test('cancelling an order that never paid blocks a payment that arrives later', async () => {
  const orderId = uuidv7();

  expect((await cancel(orderId)).payment).toBeUndefined();

  await expect(payments.authorize('tok_visa', { orderId })).rejects.toMatchObject({ reason: 'PAYMENT_CLOSED' });
});

test('an authorisation that is under way while its order is undone ends without a hold', async () => {
  const orderId = uuidv7();
  setFaultHandler(async (name) => {
    if (name !== 'payments.after-authorize') return;
    setFaultHandler(undefined);
    await cancel(orderId);
  });

  await expect(payments.authorize('tok_visa', { orderId })).rejects.toMatchObject({ reason: 'PAYMENT_CLOSED' });

  const { payment } = await cancel(orderId);
  expect(await payments.processor.statusesOf(payment!.id)).toEqual(['voided']);
});

test('a hold that turns up 60 s after its order was undone is given up by the settlement loop', async () => {
  const orderId = uuidv7();
  // The process dies between its record and its request; the request is delivered late all the same.
  setFaultHandler((name) => {
    if (name === 'payments.before-authorize') throw new Error('process died');
  });
  await payments.authorize('tok_visa', { orderId }).catch(() => undefined);
  setFaultHandler(undefined);
  const { payment } = await cancel(orderId);
  const late = { token: 'tok_visa', amountMinorUnits: 5_000n, currencyCode: 'USD', reference: payment!.id };
  await payments.deps.processor.authorize(late);

  await settleOnce(payments.deps);
  expect(await payments.processor.statusesOf(payment!.id)).toEqual(['authorized']);
  await payments.clock.advance(60_000);
  await settleOnce(payments.deps);

  expect(await payments.processor.statusesOf(payment!.id)).toEqual(['voided']);
});

test('a charge whose answer was lost is given back when the order is undone', async () => {
  const before = await payments.processor.netMinorUnits();
  const orderId = uuidv7();
  await payments.authorize('tok_visa', { orderId });
  await payments.processor.setFaults({ lost_answer_ratio: 1 });
  await expect(capture(orderId)).rejects.toMatchObject({ executed: 'maybe' });
  await payments.processor.setFaults({ lost_answer_ratio: 0 });

  expect((await cancel(orderId)).payment!.status).toBe(PaymentStatus.REFUNDED);
  expect(await payments.processor.netMinorUnits()).toBe(before);
});

test('30 of 100 given back, 80 refused, 70 given back', async () => {
  const { id } = await captured(100n);

  expect((await refund(id, 30n)).payment).toMatchObject({
    status: PaymentStatus.PARTIALLY_REFUNDED,
    refundedAmount: { minorUnits: 30n },
  });
  await expect(refund(id, 80n)).rejects.toMatchObject({
    reason: 'REFUND_TOO_LARGE',
    metadata: { refundable_minor_units: '70' },
  });
  expect((await refund(id, 70n)).payment!.status).toBe(PaymentStatus.REFUNDED);
});

test('10 refunds of 60 of 100 at once: 1 succeeds', async () => {
  const { id } = await captured(100n);

  const results = await Promise.allSettled(Array.from({ length: 10 }, () => refund(id, 60n)));

  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('one effect gives back once, however often it is run', async () => {
  const { id } = await captured(100n);
  const effectId = uuidv7();

  const answers = await Promise.all(Array.from({ length: 5 }, () => refund(id, 40n, effectId)));

  expect(new Set(answers.map(({ payment }) => payment!.refundedAmount!.minorUnits))).toEqual(new Set([40n]));
});

test('a refund that the process died on is finished by the settlement loop after 30 s, once', async () => {
  const before = await payments.processor.netMinorUnits();
  const { id, orderId } = await captured(100n);
  setFaultHandler((name) => {
    if (name === 'payments.after-refund') throw new Error('process died');
  });
  await refund(id, undefined).catch(() => undefined);
  setFaultHandler(undefined);

  // The refund has the database's time, which is ahead of the clock that stands still.
  await payments.clock.advance(Math.max(0, Date.now() - payments.clock.nowMs()) + 31_000);
  await settleOnce(payments.deps);
  await settleOnce(payments.deps);

  expect((await cancel(orderId)).payment!.status).toBe(PaymentStatus.REFUNDED);
  expect(await payments.processor.netMinorUnits()).toBe(before);
});
