import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  type BatchGetPaymentBooksRequest,
  type BatchGetPaymentBooksResponse,
  BatchGetPaymentBooksResponseSchema,
  type PaymentBookSchema,
} from '@mainstay/contracts/payments/v1/payments';
import { statusNumbers } from '../forms/state-words.ts';
import type { Authorization } from '../processor/answers.ts';
import { listOfOrders } from '../store/payments-store.ts';
import { pendingAmount } from '../store/refunds-store.ts';
import type { PaymentRow } from '../store/tables.ts';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';

/** Payments whose truth is asked for at the same time; the processor serves paying customers beside. */
const concurrent = 5;

/** Returns the payments of orders as our books and the processor's have them. */
export async function batchGetPaymentBooks(
  deps: PaymentsDependencies,
  { orderIds }: BatchGetPaymentBooksRequest,
): Promise<BatchGetPaymentBooksResponse> {
  const rows = (await listOfOrders(deps.database.kysely, orderIds)).filter(({ user_id: payer }) => payer !== null);
  const books: MessageInitShape<typeof PaymentBookSchema>[] = [];
  for (let begin = 0; begin < rows.length; begin += concurrent) {
    const some = rows.slice(begin, begin + concurrent);
    books.push(...(await Promise.all(some.map((row) => bookOf(deps, row)))));
  }
  return create(BatchGetPaymentBooksResponseSchema, { books });
}

async function bookOf(
  deps: PaymentsDependencies,
  row: PaymentRow,
): Promise<MessageInitShape<typeof PaymentBookSchema>> {
  const found = await deps.processor.listAuthorizations(row.id);
  const pending = await pendingAmount(deps.database.kysely, row.id);
  const money = (minorUnits: bigint) => ({ minorUnits, currencyCode: row.currency_code });
  return {
    orderId: row.order_id,
    paymentId: row.id,
    status: statusNumbers[row.status],
    capturedAmount: money(row.captured_minor_units),
    refundedAmount: money(row.refunded_minor_units),
    processorHeldAmount: money(sum(found, heldOf)),
    processorCapturedAmount: money(sum(found, ({ captured_minor }) => captured_minor)),
    processorRefundedAmount: money(sum(found, ({ refunded_minor }) => refunded_minor)),
    settling: pending > 0n || row.recheck_at !== null,
    updatedAt: timestampFromDate(row.updated_at),
  };
}

/** What an authorisation holds and has neither charged nor given up, in minor units. */
export function heldOf({ status, amount_minor: amount }: Authorization): number {
  return status === 'authorized' ? amount : 0;
}

function sum(found: readonly Authorization[], amountOf: (one: Authorization) => number): bigint {
  return found.reduce((total, one) => total + BigInt(amountOf(one)), 0n);
}
