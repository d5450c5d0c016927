import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import type { PaymentImported } from '@mainstay/contracts/payments/v1/record';
import type { StreamEvent } from '@mainstay/messaging';
import type { Kysely } from 'kysely';
import { stateOf } from '../forms/state-words.ts';
import type { PaymentsDatabase, RefundRow, TransactionKind, TransactionOutcome } from '../store/tables.ts';

/** Writes a payment from before payments had events, with its exchanges and refunds, as it stood. */
export async function writeImported(
  db: Kysely<PaymentsDatabase>,
  { orderId, payment, authorizationId, closedAt, recheckAt, refunds }: PaymentImported,
  { time, version }: StreamEvent,
): Promise<void> {
  const at = (when: Timestamp | undefined): Date => (when === undefined ? time : timestampDate(when));
  const id = payment?.id ?? '';
  const currencyCode = payment?.amount?.currencyCode ?? '';
  await db
    .insertInto('payments')
    .values({
      id,
      order_id: orderId,
      user_id: payment?.userId || null,
      amount_minor_units: payment?.amount?.minorUnits ?? 0n,
      currency_code: currencyCode,
      status: stateOf(payment?.status ?? 0),
      authorization_id: authorizationId || null,
      captured_minor_units: payment?.capturedAmount?.minorUnits ?? 0n,
      refunded_minor_units: payment?.refundedAmount?.minorUnits ?? 0n,
      decline_code: payment?.declineCode || null,
      closed_at: closedAt === undefined ? null : timestampDate(closedAt),
      recheck_at: recheckAt === undefined ? null : timestampDate(recheckAt),
      version,
      created_at: at(payment?.createdAt),
      updated_at: at(payment?.updatedAt),
    })
    .execute();
  for (const exchange of payment?.transactions ?? []) {
    await db
      .insertInto('payment_transactions')
      .values({
        id: exchange.id,
        payment_id: id,
        kind: exchange.kind as TransactionKind,
        outcome: exchange.outcome as TransactionOutcome,
        amount_minor_units: exchange.amount?.minorUnits ?? 0n,
        currency_code: currencyCode,
        processor_reference: exchange.processorReference || null,
        decline_code: exchange.declineCode || null,
        at: at(exchange.at),
        version,
      })
      .execute();
  }
  for (const refund of refunds) {
    await db
      .insertInto('refunds')
      .values({
        id: refund.id,
        payment_id: id,
        name: refund.name,
        amount_minor_units: refund.minorUnits,
        reason: refund.reason,
        status: refund.status as RefundRow['status'],
        processor_reference: refund.processorReference || null,
        created_at: at(refund.createdAt),
        updated_at: at(refund.updatedAt),
      })
      .execute();
  }
}
