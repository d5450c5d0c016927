import { optionError, type SqlExecutor } from '@mainstay/kernel';
import type { CloudEvent, EventDraft } from '../event/cloud-event.ts';
import { createEventMaker, type EventMakerOptions } from '../event/event-maker.ts';
import { appendToOutbox } from './outbox-store.ts';

/** Where a service writes what it will tell. */
export interface Outbox {
  /**
   * Writes events in the caller's transaction: they are told when it commits, in this order, and never when it does not.
   *
   * Lock what an event tells of before it is written, as an update of its row does; then events of one subject are told
   * in the order of their commits. Wake the relay after the commit, or it finds them at its next look.
   *
   * Cost: one statement, however many events.
   *
   * @throws {@link PlatformError} `invalid_argument` / `EVENT_INVALID` for a type that was not declared, an empty or
   * overlong subject, or a message that is too large; executed: no.
   * @example
   * await database.transaction(async (tx) => {
   *   await confirmOrder(tx, orderId);
   *   await outbox.append(tx, [tell(OrderConfirmedSchema, { orderId, userId, total })]);
   * });
   */
  append(tx: SqlExecutor, drafts: readonly EventDraft[]): Promise<readonly CloudEvent[]>;
}

/**
 * Makes an outbox over the table of `outboxMigrations`.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for a message that its contract does not make an event.
 */
export function createOutbox(options: EventMakerOptions): Outbox {
  const makeEvent = createEventMaker(options);
  return {
    async append(tx, drafts) {
      if ('transaction' in tx) throw optionError('tx', 'an open transaction', 'a pool');
      const events = drafts.map(makeEvent);
      if (events.length > 0) await appendToOutbox(tx, events);
      return events;
    },
  };
}
