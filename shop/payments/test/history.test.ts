import { create } from '@bufbuild/protobuf';
import {
  CapturePaymentRequestSchema,
  GetPaymentHistoryRequestSchema,
  type GetPaymentHistoryResponse,
  RefundPaymentRequestSchema,
} from '@mainstay/contracts/payments/v1/payments';
import { isPlatformError, uuidv7 } from '@mainstay/kernel';
import { type Identity, newTrace, runInContext } from '@mainstay/kernel/context';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capturePayment } from '../src/rpc/capture-payment.ts';
import { getPaymentHistory } from '../src/rpc/get-payment-history.ts';
import { refundPayment } from '../src/rpc/refund-payment.ts';
import { openTestPayments, type TestPayments, userId } from './payments.ts';

let payments: TestPayments;
beforeAll(async () => {
  payments = await openTestPayments(10_000);
});
afterAll(() => payments[Symbol.asyncDispose]());

const customer: Identity = { kind: 'user', userId, roles: ['customer'] };
const admin: Identity = { kind: 'user', userId: uuidv7(), roles: ['admin'] };

const historyAs = (
  identity: Identity,
  request: { id: string; pageSize?: number; pageToken?: string },
): Promise<GetPaymentHistoryResponse> =>
  runInContext({ trace: newTrace(), identity }, () =>
    getPaymentHistory(payments.deps, create(GetPaymentHistoryRequestSchema, request)),
  );

/** A payment of 100 that was captured, and 30 of it given back. */
async function refunded(): Promise<string> {
  const orderId = uuidv7();
  await payments.authorize('tok_visa', { orderId, minorUnits: 100n });
  const { payment } = await capturePayment(payments.deps, create(CapturePaymentRequestSchema, { orderId }));
  const { id } = payment!;
  const amount = { currencyCode: 'USD', minorUnits: 30n };
  await runInContext({ trace: newTrace(), identity: admin, effect: { id: uuidv7(), guard: () => undefined } }, () =>
    refundPayment(payments.deps, create(RefundPaymentRequestSchema, { id, reason: 'broken', amount })),
  );
  return id;
}

test('a payment that was charged and refunded has 5 entries, in pages of 2 as in one; a customer sees no accounts', async () => {
  const id = await refunded();
  const whole = await historyAs(customer, { id });
  expect(whole.nextPageToken).toBe('');
  expect(whole.entries.map(({ version, type, amount, reason }) => [version, type, amount?.minorUnits, reason])).toEqual(
    [
      [1n, 'PaymentRequested', 100n, ''],
      [2n, 'PaymentAuthorized', 100n, ''],
      [3n, 'PaymentCaptured', 100n, ''],
      [4n, 'RefundRequested', 30n, 'broken'],
      [5n, 'RefundSucceeded', 30n, ''],
    ],
  );
  expect(new Set(whole.entries.map(({ actorId, traceId }) => actorId + traceId))).toEqual(new Set(['']));

  const pages: GetPaymentHistoryResponse[] = [];
  for (let pageToken: string | undefined; pageToken !== ''; pageToken = pages.at(-1)!.nextPageToken) {
    pages.push(await historyAs(customer, { id, pageSize: 2, ...(pageToken !== undefined && { pageToken }) }));
  }
  expect(pages.map(({ entries }) => entries.length)).toEqual([2, 2, 1]);
  expect(pages.flatMap(({ entries }) => entries)).toEqual(whole.entries);
});

test('an administrator sees who refunded, and in which trace', async () => {
  const { entries } = await historyAs(admin, { id: await refunded() });
  expect(entries[3]).toMatchObject({ type: 'RefundRequested', actor: 'user', actorId: admin.userId });
  expect(entries[3]!.traceId).toMatch(/^[0-9a-f]{32}$/);
});

test("another's payment is not found, and a token of another payment or a damaged one is refused", async () => {
  const [id, other] = [await refunded(), await refunded()];
  const asked = historyAs({ ...customer, userId: uuidv7() }, { id });
  await expect(asked).rejects.toSatisfy((error) => isPlatformError(error, 'PAYMENT_NOT_FOUND'));

  const { nextPageToken } = await historyAs(customer, { id, pageSize: 1 });
  for (const pageToken of [nextPageToken.slice(1), 'x']) {
    const damaged = historyAs(customer, { id, pageToken });
    await expect(damaged).rejects.toSatisfy((error) => isPlatformError(error, 'PAGE_TOKEN_INVALID'));
  }
  const foreign = historyAs(customer, { id: other, pageToken: nextPageToken });
  await expect(foreign).rejects.toSatisfy((error) => isPlatformError(error, 'PAGE_TOKEN_INVALID'));
});
