import { create, type DescMessage, type MessageInitShape, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { optionError } from '@mainstay/kernel';
import { readEvent } from '../event/cloud-event.ts';
import type { StreamEvent } from './stream-event.ts';

/** How events of a message that is no longer written are read as another one. */
export interface Upcast {
  readonly from: DescMessage;
  readonly to: DescMessage;
  /** Gives the event under its new message; everything but type and data stays. */
  readonly apply: (event: StreamEvent) => StreamEvent;
}

/**
 * Says how an old message is read as a new one, so that everything that folds or projects events knows the new one only.
 *
 * Stored events stay as they are. A field that was added needs no upcast: protobuf reads it with its default.
 *
 * @param change - pure; gives the fields of the new message.
 * @example
 * const upcasts = [upcast(OrderPlacedSchema, OrderPlacedV2Schema, ({ orderId }) => ({ orderId, channel: 'web' }))];
 */
export function upcast<From extends DescMessage, To extends DescMessage>(
  from: From,
  to: To,
  change: (message: MessageShape<From>) => MessageInitShape<To>,
): Upcast {
  return {
    from,
    to,
    apply: (event) => ({
      ...event,
      type: to.typeName,
      data: toBinary(to, create(to, change(readEvent(from, event)))),
    }),
  };
}

/** What upcasts do together. */
export interface Upcaster {
  /** Reads an event under the newest message of its kind. */
  readonly read: (event: StreamEvent) => StreamEvent;
  /** The types that are stored for events that are read as one of these. */
  readonly stored: (types: readonly string[]) => readonly string[];
}

/**
 * Puts upcasts one behind the other.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` when a message is the origin of two upcasts, or they run in a circle.
 */
export function createUpcaster(upcasts: readonly Upcast[]): Upcaster {
  const byType = new Map(upcasts.map((one) => [one.from.typeName, one]));
  if (byType.size !== upcasts.length) throw optionError('upcasts', 'one for each message', upcasts.length);
  const newest = (type: string, left = upcasts.length): string => {
    const next = byType.get(type);
    if (next === undefined) return type;
    if (left === 0) throw optionError('upcasts', 'without a circle', type);
    return newest(next.to.typeName, left - 1);
  };
  const origins = [...byType.keys()].map((type) => [type, newest(type)] as const);
  return {
    read(event) {
      let current = event;
      for (let next = byType.get(event.type); next !== undefined; next = byType.get(current.type)) {
        current = next.apply(current);
      }
      return current;
    },
    stored: (types) => [...types, ...origins.filter(([, type]) => types.includes(type)).map(([origin]) => origin)],
  };
}
