import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { Transaction } from '@mainstay/postgres';
import { type PublishedEvent, readEvent } from '../event/cloud-event.ts';

/** What a handler is given beside the message. */
export interface EventDelivery {
  /** Writes what the event causes; committed together with the note that the event was handled. */
  readonly tx: Transaction;
  readonly event: PublishedEvent;
}

/** What a consumer does with one type of event. */
export interface EventHandler {
  readonly type: string;
  readonly schema: DescMessage;
  handle(event: PublishedEvent, tx: Transaction): Promise<void>;
}

/**
 * Says what happens on an event of one type.
 *
 * The effect is written with `tx` and happens once per event. What reaches beyond the database is started from here in a way that
 * survives: as a saga, or as an event of one's own.
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
    handle: async (event, tx) => handle(readEvent(schema, event), { tx, event }),
  };
}
