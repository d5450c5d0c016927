import { type Clock, isUuid, type SqlExecutor } from '@mainstay/kernel';
import { createEventStore, createProjections, type EventDraft, type Projections } from '@mainstay/messaging';
import type { Database, Transaction } from '@mainstay/postgres';
import type { ServiceEvents } from '@mainstay/service';
import { decide, type OrderCommand } from '../domain/decide.ts';
import { type PlacedOrder, totalOf } from '../domain/order-events.ts';
import { decodeEvent, type EventSubject, orderForms, recordedEvents, toldOf } from '../forms/order-forms.ts';
import { lifeOf, rowAfter } from '../forms/order-row.ts';
import { type StatusChange, statusChanges } from '../forms/status-changes.ts';
import { lockOrder } from '../store/orders-store.ts';
import type { OrderRow } from '../store/tables.ts';
import { orderAnalyticsProjection } from './order-analytics.ts';
import { orderHistoryProjection } from './order-history.ts';
import { orderStatusProjection } from './order-status.ts';

/** What is asked of an order, and by whom, as `formatActor` writes it. */
export interface AskedOfOrder {
  readonly command: OrderCommand;
  readonly actor: string;
}

/** The record of orders: what happened to each, from which everything else follows. */
export interface OrderRecord {
  readonly projections: Projections;
  /**
   * Decides what a command does to an order, records it, and changes and tells what follows from it, all in the caller's transaction.
   *
   * Locks the order's row, so that of two commands at once the second sees what the first did.
   *
   * Cost: three statements, four when others are told; one when nothing happens.
   *
   * @returns the row of the order afterwards.
   * @throws {@link PlatformError} `ORDER_STATE`, `ORDER_NOT_FOUND`; nothing is recorded then.
   */
  execute(tx: Transaction, id: string, asked: AskedOfOrder): Promise<OrderRow>;
  /** Every change of an order's status, oldest first. Cost: one statement. */
  statusChanges(sql: SqlExecutor, id: string): Promise<readonly StatusChange[]>;
}

/** What the record stands on. */
export interface OrderRecordOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly events: Pick<ServiceEvents, 'tell'>;
}

/** Opens the record of orders. */
export function createOrderRecord({ database, clock, events }: OrderRecordOptions): OrderRecord {
  const store = createEventStore({ events: recordedEvents, clock });
  const projections = createProjections({
    database,
    store,
    inline: [orderStatusProjection],
    following: [orderHistoryProjection, orderAnalyticsProjection],
  });
  return {
    projections,
    async execute(tx, id, { command, actor }) {
      const before = command.kind === 'place' ? undefined : isUuid(id) ? await lockOrder(tx.kysely, id) : undefined;
      const decided = decide(id, before === undefined ? undefined : lifeOf(before), command);
      if (decided.length === 0) return before!;
      const subject = subjectOf(id, command.kind === 'place' ? command.order : before!);
      const drafts = decided.map((event) => orderForms.encode(subject, event));
      const stored = await store.append(tx, {
        stream: streamOf(id),
        expectedVersion: before?.version ?? 0n,
        events: drafts,
        actor,
      });
      await projections.project(tx, stored);
      const told = decided.map((event, index) => toldOf(subject, event, drafts[index]!)).filter(isDraft);
      if (told.length > 0) await events.tell(tx, ...told);
      return decided.reduce<OrderRow | undefined>((row, event, index) => {
        const { version, time } = stored[index]!;
        return rowAfter(row, event, { orderId: id, version, time });
      }, before)!;
    },
    async statusChanges(sql, id) {
      const read = await store.read(sql, { stream: streamOf(id) });
      return statusChanges(read.map((event) => ({ event: decodeEvent(event), stored: event })));
    },
  };
}

/** Name of the stream of an order. */
function streamOf(id: string): string {
  return `order:${id}`;
}

function subjectOf(orderId: string, order: PlacedOrder | OrderRow): EventSubject {
  if ('lines' in order) {
    const { userId, currencyCode } = order;
    return { orderId, userId, total: { currencyCode, minorUnits: totalOf(order) } };
  }
  const { user_id: userId, currency_code: currencyCode, total_minor_units: minorUnits } = order;
  return { orderId, userId, total: { currencyCode, minorUnits } };
}

function isDraft(draft: EventDraft | undefined): draft is EventDraft {
  return draft !== undefined;
}
