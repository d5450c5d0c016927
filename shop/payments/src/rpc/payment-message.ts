import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type Money, MoneySchema } from '@mainstay/contracts/mainstay/common/v1/money';
import { type Decline, DeclineSchema, type Payment, PaymentSchema } from '@mainstay/contracts/payments/v1/payments';
import { declineMessage } from '../domain/declines.ts';
import { statusNumbers } from '../forms/state-words.ts';
import type { PaymentRow, TransactionRow } from '../store/tables.ts';

function money(minorUnits: bigint, currencyCode: string): Money {
  return create(MoneySchema, { minorUnits, currencyCode });
}

/** A payment as others see it, with its history when that is given. */
export function paymentMessage(row: PaymentRow, transactions: readonly TransactionRow[] = []): Payment {
  return create(PaymentSchema, {
    id: row.id,
    orderId: row.order_id,
    userId: row.user_id ?? '',
    status: statusNumbers[row.status],
    amount: money(row.amount_minor_units, row.currency_code),
    capturedAmount: money(row.captured_minor_units, row.currency_code),
    refundedAmount: money(row.refunded_minor_units, row.currency_code),
    declineCode: row.decline_code ?? '',
    transactions: transactions.map((entry) => ({
      id: entry.id,
      kind: entry.kind,
      outcome: entry.outcome,
      amount: money(entry.amount_minor_units, entry.currency_code),
      processorReference: entry.processor_reference ?? '',
      declineCode: entry.decline_code ?? '',
      at: timestampFromDate(entry.at),
    })),
    createdAt: timestampFromDate(row.created_at),
    updatedAt: timestampFromDate(row.updated_at),
  });
}

/** Why a payment was declined; undefined when it was not. */
export function declineOf(row: PaymentRow): Decline | undefined {
  if (row.status !== 'declined') return undefined;
  const code = row.decline_code ?? 'card_declined';
  return create(DeclineSchema, { code, message: declineMessage(code) });
}
