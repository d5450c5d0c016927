import { type Clock, isPlatformError, type SqlExecutor } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import {
  createEventStore,
  createProjections,
  messagingReasons,
  type Projections,
  type StreamEvent,
} from '@mainstay/messaging';
import type { Database, Transaction } from '@mainstay/postgres';
import { decide, type PaymentCommand } from '../domain/decide.ts';
import type { PaymentEvent, PaymentLife } from '../domain/payment-events.ts';
import { paymentForms, recordedEvents } from '../forms/payment-forms.ts';
import { findByOrder, lockByOrder } from '../store/payments-store.ts';
import { listRefunds } from '../store/refunds-store.ts';
import type { PaymentRow } from '../store/tables.ts';
import { paymentStatusProjection } from './payment-status.ts';

/** What came of a command. */
export interface Recorded {
  /** The payment afterwards. */
  readonly payment: PaymentRow;
  /** Empty when it was the case already. */
  readonly events: readonly PaymentEvent[];
}

/** The record of payments: what happened to each, from which everything else follows. */
export interface PaymentRecord {
  readonly projections: Projections;
  /**
   * Decides what a command does to the payment of an order and records it, in a transaction of its own.
   *
   * Of two commands at once the second sees what the first did; of two that are the first of their order one is decided anew.
   *
   * Cost: five statements and more for what follows; two when nothing happens.
   *
   * @throws {@link PlatformError} `PAYMENT_NOT_FOUND`, `PAYMENT_STATE`, `REFUND_TOO_LARGE`; nothing is recorded then.
   */
  execute(orderId: string, command: PaymentCommand): Promise<Recorded>;
  /** What happened to the payment of an order behind a version, oldest first. Cost: one statement. */
  history(
    sql: SqlExecutor,
    orderId: string,
    page: { readonly after: bigint; readonly limit: number },
  ): Promise<readonly StreamEvent[]>;
}

/** Opens the record of payments. */
export function createPaymentRecord({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Clock;
}): PaymentRecord {
  const store = createEventStore({ events: recordedEvents, clock });
  const projections = createProjections({ database, store, inline: [paymentStatusProjection] });

  const once = (orderId: string, command: PaymentCommand): Promise<Recorded> =>
    database.transaction({ name: `payment-${command.kind}` }, async (tx) => {
      const before = await lockByOrder(tx.kysely, orderId);
      const life = before === undefined ? undefined : await lifeOf(tx, before);
      const events = decide(orderId, life, command);
      if (events.length === 0) return { payment: before!, events };
      const subject = { orderId, currencyCode: life?.currencyCode ?? '' };
      const stored = await store.append(tx, {
        stream: streamOf(orderId),
        expectedVersion: before?.version ?? 0n,
        events: events.map((event) => paymentForms.encode(subject, event)),
        actor: actorOfCall(),
      });
      await projections.project(tx, stored);
      return { payment: (await findByOrder(tx.kysely, orderId))!, events };
    });

  return {
    projections,
    async execute(orderId, command) {
      try {
        return await once(orderId, command);
      } catch (error) {
        // Another call made the first event of this order; the row to lock is there now.
        if (!isPlatformError(error, messagingReasons.EVENTS_CONFLICT)) throw error;
        return await once(orderId, command);
      }
    },
    history: (sql, orderId, page) => store.read(sql, { stream: streamOf(orderId), ...page }),
  };
}

/** Name of the stream of an order's payment. */
function streamOf(orderId: string): string {
  return `payment:${orderId}`;
}

async function lifeOf({ kysely }: Transaction, row: PaymentRow): Promise<PaymentLife> {
  // Refunds are asked for where there is something to give back.
  const refunds = row.captured_minor_units === 0n ? [] : await listRefunds(kysely, row.id);
  return {
    paymentId: row.id,
    state: row.status,
    currencyCode: row.currency_code,
    minorUnits: row.amount_minor_units,
    capturedMinorUnits: row.captured_minor_units,
    refundedMinorUnits: row.refunded_minor_units,
    isClosed: row.closed_at !== null,
    awaitsRecheck: row.recheck_at !== null,
    refunds: refunds.map(({ id, name, amount_minor_units: minorUnits, status }) => ({ id, name, minorUnits, status })),
  };
}

/** Who caused what happens now: the person a call is for, else the service that calls, else this one. */
function actorOfCall(): string {
  const identity = currentContext()?.identity;
  if (identity?.userId !== undefined) return `user:${identity.userId}`;
  return `service:${identity?.viaService ?? 'payments'}`;
}
