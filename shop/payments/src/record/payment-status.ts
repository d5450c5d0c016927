import { PaymentImportedSchema } from '@mainstay/contracts/payments/v1/record';
import { type Projection, readEvent, type StreamEvent } from '@mainstay/messaging';
import type { Insertable, Kysely, Updateable } from 'kysely';
import type { PaymentEvent } from '../domain/payment-events.ts';
import { stateAfterRefund } from '../domain/payment-state.ts';
import { paymentForms, recordedEvents } from '../forms/payment-forms.ts';
import type { PaymentRow, PaymentsDatabase, PaymentsTable, PaymentTransactionsTable } from '../store/tables.ts';
import { writeImported } from './imported-payment.ts';

type Db = Kysely<PaymentsDatabase>;

/** Where each payment stands, its exchanges with the processor and its refunds; written with the event, so that it can be read at once. */
export const paymentStatusProjection: Projection = {
  name: 'payment-status',
  tables: ['payments', 'payment_transactions', 'refunds'],
  types: recordedEvents.map(({ typeName }) => typeName),
  async apply({ kysely }: { readonly kysely: Db }, stored) {
    if (stored.type === PaymentImportedSchema.typeName) {
      await writeImported(kysely, readEvent(PaymentImportedSchema, stored), stored);
      return;
    }
    const event = paymentForms.decode(stored);
    const before = stored.version === 1n ? undefined : await paymentOf(kysely, stored.subject);
    const payment =
      before === undefined
        ? await insertFirst(kysely, event, stored)
        : await update(kysely, before.id, { ...changeOf(before, event, stored), version: stored.version });
    const exchange = exchangeOf(event);
    if (exchange !== undefined) {
      const { id, time: at, version } = stored;
      const { id: payment_id, currency_code } = payment;
      await kysely
        .insertInto('payment_transactions')
        .values({ ...exchange, id, payment_id, currency_code, at, version })
        .execute();
    }
    await writeRefund(kysely, payment, { event, at: stored.time });
  },
};

async function paymentOf(db: Db, orderId: string): Promise<PaymentRow> {
  return await db.selectFrom('payments').selectAll().where('order_id', '=', orderId).executeTakeFirstOrThrow();
}

async function update(db: Db, id: string, change: Updateable<PaymentsTable>): Promise<PaymentRow> {
  return await db.updateTable('payments').set(change).where('id', '=', id).returningAll().executeTakeFirstOrThrow();
}

async function insertFirst(db: Db, event: PaymentEvent, { subject, time, version }: StreamEvent): Promise<PaymentRow> {
  const row = {
    order_id: subject,
    captured_minor_units: 0n,
    refunded_minor_units: 0n,
    version,
    created_at: time,
    updated_at: time,
  };
  const first: Insertable<PaymentsTable> =
    event.kind === 'requested'
      ? {
          ...row,
          id: event.paymentId,
          user_id: event.userId,
          amount_minor_units: event.minorUnits,
          currency_code: event.currencyCode,
          status: 'pending',
        }
      : {
          ...row,
          id: 'paymentId' in event ? event.paymentId : '',
          amount_minor_units: 0n,
          currency_code: '',
          status: 'voided',
          closed_at: time,
        };
  return await db.insertInto('payments').values(first).returningAll().executeTakeFirstOrThrow();
}

/** Columns of a payment's row that an event changes. */
function changeOf(before: PaymentRow, event: PaymentEvent, { time }: StreamEvent): Updateable<PaymentsTable> {
  const at = { updated_at: time };
  switch (event.kind) {
    case 'closed':
      return { ...at, closed_at: time };
    case 'authorized':
      return { ...at, status: 'authorized', authorization_id: event.authorizationId };
    case 'declined':
      return { ...at, status: 'declined', authorization_id: event.authorizationId, decline_code: event.declineCode };
    case 'captured':
      return {
        ...at,
        status: 'captured',
        authorization_id: event.authorizationId,
        captured_minor_units: event.minorUnits,
      };
    case 'voided':
      return { ...at, status: 'voided', authorization_id: event.authorizationId, recheck_at: event.recheckAt };
    case 'rechecked':
      return { ...at, authorization_id: event.authorizationId, recheck_at: null };
    case 'refundSucceeded': {
      const refunded = before.refunded_minor_units + event.minorUnits;
      const status = stateAfterRefund(before.captured_minor_units, refunded);
      return { ...at, status, refunded_minor_units: refunded };
    }
    case 'requested':
    case 'authorizationUnknown':
    case 'refundRequested':
    case 'refundFailed':
      return {};
  }
}

type Exchange = Omit<Insertable<PaymentTransactionsTable>, 'id' | 'payment_id' | 'currency_code' | 'at' | 'version'>;

/** What passed between the processor and us; undefined when nothing did. */
function exchangeOf(event: PaymentEvent): Exchange | undefined {
  switch (event.kind) {
    case 'authorizationUnknown':
      return { kind: 'authorize', outcome: 'unknown', amount_minor_units: event.minorUnits };
    case 'authorized':
      return { ...succeeded('authorize', event.minorUnits), processor_reference: event.authorizationId };
    case 'declined':
      return {
        kind: 'authorize',
        outcome: 'declined',
        amount_minor_units: event.minorUnits,
        processor_reference: event.authorizationId,
        decline_code: event.declineCode,
      };
    case 'captured':
      return { ...succeeded('capture', event.minorUnits), processor_reference: event.authorizationId };
    case 'voided':
    case 'rechecked':
      return event.givenUpMinorUnits === null
        ? undefined
        : { ...succeeded('void', event.givenUpMinorUnits), processor_reference: event.authorizationId };
    case 'refundSucceeded':
      return { ...succeeded('refund', event.minorUnits), processor_reference: event.processorReference };
    case 'refundFailed':
      return { kind: 'refund', outcome: 'failed', amount_minor_units: event.minorUnits, decline_code: event.code };
    case 'requested':
    case 'closed':
    case 'refundRequested':
      return undefined;
  }
}

function succeeded<Kind extends Exchange['kind']>(kind: Kind, minorUnits: bigint) {
  return { kind, outcome: 'succeeded', amount_minor_units: minorUnits } as const;
}

async function writeRefund(
  db: Db,
  { id: paymentId }: PaymentRow,
  { event, at }: { readonly event: PaymentEvent; readonly at: Date },
): Promise<void> {
  if (event.kind === 'refundRequested') {
    const { refundId: id, name, minorUnits, reason } = event;
    const row = { id, payment_id: paymentId, name, amount_minor_units: minorUnits, reason, status: 'pending' as const };
    await db
      .insertInto('refunds')
      .values({ ...row, created_at: at, updated_at: at })
      .execute();
  } else if (event.kind === 'refundSucceeded' || event.kind === 'refundFailed') {
    const change =
      event.kind === 'refundSucceeded'
        ? { status: 'succeeded' as const, processor_reference: event.processorReference }
        : { status: 'failed' as const };
    await db
      .updateTable('refunds')
      .set({ ...change, updated_at: at })
      .where('id', '=', event.refundId)
      .execute();
  }
}
