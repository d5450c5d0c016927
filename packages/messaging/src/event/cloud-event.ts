import {
  create,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { PlatformError, toPlatformError } from '@mainstay/kernel';
import { messagingReasons } from '../errors.ts';

// Terms: a *source* is a service that tells; a *subject* is the thing an event is about, for example an order's id, and events of one
// subject stay in order; a *position* is an event's place among all of its source; a *consumer* is a named group of instances.

/**
 * A fact that was committed, in the attributes of CloudEvents 1.0 with protobuf data.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export interface CloudEvent {
  /** UUIDv7, unique in its source. */
  readonly id: string;
  /** Full name of the message in the contract, for example `orders.v1.OrderConfirmed`. */
  readonly type: string;
  /** What it is about, 1 to 200 characters. */
  readonly subject: string;
  readonly time: Date;
  /** Trace of the call that caused it, as a `traceparent`. */
  readonly traceparent: string | null;
  /** The encoded message. */
  readonly data: Uint8Array;
}

/** An event that the bus has: nothing before its position will appear any more. */
export interface PublishedEvent extends CloudEvent {
  /** Service that told it, for example `orders`. */
  readonly source: string;
  /** Place among the events of its source, from 1, without gaps. */
  readonly position: bigint;
}

/** An event to be told, before it has an id and a time. */
export interface EventDraft {
  readonly schema: DescMessage;
  readonly message: Message;
}

/**
 * Says what happened; the contract of the message says what it is about.
 *
 * @example
 * await outbox.append(tx, [tell(OrderConfirmedSchema, { orderId, userId, total })]);
 */
export function tell<Desc extends DescMessage>(schema: Desc, message: MessageInitShape<Desc>): EventDraft {
  return { schema, message: create(schema, message) };
}

/**
 * Reads the message of an event.
 *
 * @throws {@link PlatformError} `data_loss` / `EVENT_UNREADABLE` when the data is not of that type; executed: no.
 * @example
 * const { orderId } = readEvent(OrderConfirmedSchema, event);
 */
export function readEvent<Desc extends DescMessage>(schema: Desc, event: CloudEvent): MessageShape<Desc> {
  if (event.type !== schema.typeName) {
    throw new PlatformError(
      messagingReasons.EVENT_UNREADABLE,
      `event ${event.id} is a ${event.type}, not a ${schema.typeName}`,
    );
  }
  try {
    return fromBinary(schema, event.data);
  } catch (error) {
    const message = `the data of event ${event.id} is not a ${event.type}`;
    throw new PlatformError(messagingReasons.EVENT_UNREADABLE, message, { cause: toPlatformError(error) });
  }
}
