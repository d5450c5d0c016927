import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { Transaction } from '@mainstay/postgres';
import { type PublishedEvent, readEvent } from '../event/cloud-event.ts';

/** What a handler is given beside the message. */
export interface EventDelivery {
  /** Writes what the event causes; committed together with the note that the event was handled. */
  readonly tx: Transaction;
  readonly event: PublishedEvent;
}

/** What a handler of many events is given beside their messages. */
export interface EventsDelivery {
  /** Writes what the events cause; committed together with the note that they were handled. */
  readonly tx: Transaction;
  /** One for each message, at the same place. */
  readonly events: readonly PublishedEvent[];
}

/** What a consumer does with one type of event. */
export interface EventHandler {
  readonly type: string;
  readonly schema: DescMessage;
  /** Whether it takes many events at once, or is called for each. */
  readonly takes: 'one' | 'many';
  /** The events are of its type and at least one; exactly one when that is what it takes. */
  handle(events: readonly PublishedEvent[], tx: Transaction): Promise<void>;
}

/**
 * Says what happens on an event of one type.
 *
 * The effect is written with `tx` and happens once per event. What reaches beyond the database is started from here in a way that
 * survives: as a saga, or as an event of one's own. Each event costs the trips of the handler to the database, one event after
 * another; where that is too slow, {@link onEvents} writes many at once.
 *
 * @example
 * const handlers = [onEvent(OrderConfirmedSchema, ({ orderId }, { tx }) => countSale(tx, orderId))];
 */
export function onEvent<Desc extends DescMessage>(
  schema: Desc,
  handle: (message: MessageShape<Desc>, delivery: EventDelivery) => Promise<void>,
): EventHandler {
  return {
    type: schema.typeName,
    schema,
    takes: 'one',
    handle: async ([event], tx) => handle(readEvent(schema, event!), { tx, event: event! }),
  };
}

/**
 * Says what happens on events of one type, many at once: usually one statement for all of them.
 *
 * It is given those of a batch that may be handled together, at least one, in their order; several may be of one subject. An
 * event never overtakes one of its own subject, also not one of another type. When it fails, nothing of the batch has happened, and
 * it is called again with halves of them, until those at fault are alone and set aside.
 *
 * @example
 * const handlers = [onEvents(OrderConfirmedSchema, (orders, { tx }) => countSales(tx, orders.map(({ orderId }) => orderId)))];
 */
export function onEvents<Desc extends DescMessage>(
  schema: Desc,
  handle: (messages: readonly MessageShape<Desc>[], delivery: EventsDelivery) => Promise<void>,
): EventHandler {
  return {
    type: schema.typeName,
    schema,
    takes: 'many',
    handle: async (events, tx) =>
      handle(
        events.map((event) => readEvent(schema, event)),
        { tx, events },
      ),
  };
}
