import { create } from '@bufbuild/protobuf';
import {
  CancelPaymentRequestSchema,
  CapturePaymentRequestSchema,
  RefundPaymentRequestSchema,
} from '@mainstay/contracts/payments/v1/payments';
import { uuidv7 } from '@mainstay/kernel';
import { withContext } from '@mainstay/kernel/context';
import { withFault } from '@mainstay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelPayment } from '../src/rpc/cancel-payment.ts';
import { capturePayment } from '../src/rpc/capture-payment.ts';
import { refundPayment } from '../src/rpc/refund-payment.ts';
import { openTestPayments, type TestPayments } from './payments.ts';

let payments: TestPayments;
beforeAll(async () => {
  payments = await openTestPayments(10_000);
});
afterAll(() => payments[Symbol.asyncDispose]());

const capture = (orderId: string) => capturePayment(payments.deps, create(CapturePaymentRequestSchema, { orderId }));
const cancel = (orderId: string) =>
  cancelPayment(payments.deps, create(CancelPaymentRequestSchema, { orderId, reason: 'test' }));
const refund = (id: string, minorUnits: bigint) =>
  withContext({ effect: { id: uuidv7(), guard: () => undefined } }, () =>
    refundPayment(
      payments.deps,
      create(RefundPaymentRequestSchema, { id, reason: 'test', amount: { currencyCode: 'USD', minorUnits } }),
    ),
  );

/** Every byte of the three tables. */
async function content(): Promise<string> {
  const { rows } = await payments.deps.database.query<{ all: string }>(
    `select string_agg(line, E'\\n' order by line) as all from (select t::text as line from payments t
     union all select t::text from payment_transactions t union all select t::text from refunds t) as lines`,
  );
  return rows[0]!.all;
}

/** What stands in the stream of an order, without the package. */
async function stream(orderId: string): Promise<string[]> {
  const { rows } = await payments.deps.database.query<{ type: string }>(
    'select type from stream_events where stream = $1 order by version',
    [`payment:${orderId}`],
  );
  return rows.map(({ type }) => type.slice('payments.v1.'.length));
}

test('payments, exchanges and refunds made anew from the events are the same to the byte, while payments go on', async () => {
  const orders = Array.from({ length: 4 }, () => uuidv7());
  for (const orderId of orders) await payments.authorize('tok_visa', { orderId, minorUnits: 100n });
  const { payment } = await capture(orders[0]!);
  await refund(payment!.id, 30n);
  await cancel(orders[1]!);
  await cancel(uuidv7());
  await payments.authorize('tok_declined');

  const rebuild = (batchSize: number) =>
    payments.deps.record.projections.rebuild('payment-status', { actor: 'test', why: 'to see', batchSize });
  using fault = withFault('rebuild.after-batch');
  const rebuilding = rebuild(4);
  await fault.reached;
  await capture(orders[2]!);
  fault.release();
  await Promise.all([rebuilding, cancel(orders[3]!)]);
  const before = await content();
  await rebuild(1_000);

  expect(await content()).toBe(before);
  expect(before.split('\n').length).toBeGreaterThan(15);
});

test('a payment that is charged, given back in part and then whole has its story in its stream', async () => {
  const orderId = uuidv7();
  await payments.authorize('tok_visa', { orderId, minorUnits: 100n });
  const { payment } = await capture(orderId);
  await refund(payment!.id, 30n);
  await cancel(orderId);

  expect(await stream(orderId)).toEqual([
    'PaymentRequested',
    'PaymentAuthorized',
    'PaymentCaptured',
    'RefundRequested',
    'RefundSucceeded',
    'PaymentClosed',
    'RefundRequested',
    'RefundSucceeded',
  ]);
});

test('of 10 authorisations and 10 cancellations of a new order at once one is the first event, and nobody is told of the conflict', async () => {
  const orderId = uuidv7();
  const outcomes = await Promise.allSettled([
    ...Array.from({ length: 10 }, () => payments.authorize('tok_visa', { orderId })),
    ...Array.from({ length: 10 }, () => cancel(orderId)),
  ]);

  const reasons = outcomes.map(
    (outcome) => outcome.status === 'rejected' && (outcome.reason as { reason: string }).reason,
  );
  expect(new Set(reasons.filter((reason) => reason !== false && reason !== 'PAYMENT_CLOSED'))).toEqual(new Set());
  const events = await stream(orderId);
  expect(events.filter((type) => type === 'PaymentRequested').length).toBeLessThanOrEqual(1);
  expect(events.filter((type) => type === 'PaymentClosed')).toHaveLength(1);
});
