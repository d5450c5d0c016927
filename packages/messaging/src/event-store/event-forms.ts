import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { PlatformError } from '@mainstay/kernel';
import { messagingReasons } from '../errors.ts';
import { type EventDraft, readEvent, tell } from '../event/cloud-event.ts';
import type { StreamEvent } from './stream-event.ts';

/** How a service's own events of one kind are kept: as which message, and how that is written and read. */
export interface EventForm<Event, Subject> {
  readonly schema: DescMessage;
  write(event: Event, subject: Subject): EventDraft;
  read(stored: StreamEvent): Omit<Event, 'kind'>;
}

/** The form of each kind of event. */
export type EventFormTable<Event extends { readonly kind: string }, Subject> = {
  readonly [Kind in Event['kind']]: EventForm<Extract<Event, { readonly kind: Kind }>, Subject>;
};

/** Both directions between the events that a service decides on and the messages of its streams. */
export interface EventForms<Event, Subject> {
  /** Every message, in the order of the table. */
  readonly schemas: readonly DescMessage[];
  encode(subject: Subject, event: Event): EventDraft;
  /** @throws {@link PlatformError} `data_loss` / `EVENT_UNREADABLE` for an event that is none of the table. */
  decode(stored: StreamEvent): Event;
}

/**
 * Says how one kind of event is kept.
 *
 * @param write - fields of the message; the subject is what they are about, beside what the event itself says.
 * @param read - what the event says, without its kind.
 */
export function eventForm<Event, Subject, Desc extends DescMessage>(
  schema: Desc,
  write: (event: Event, subject: Subject) => MessageInitShape<Desc>,
  read: (message: MessageShape<Desc>) => Omit<Event, 'kind'>,
): EventForm<Event, Subject> {
  return {
    schema,
    write: (event, subject) => tell(schema, write(event, subject)),
    read: (stored) => read(readEvent(schema, stored)),
  };
}

/**
 * Makes both directions from one table, so that what is written and what is read cannot drift apart.
 *
 * @example
 * const forms = createEventForms<OrderEvent, { orderId: string }>({
 *   shipped: eventForm(OrderShippedSchema, ({ trackingNumber }, { orderId }) => ({ orderId, trackingNumber }), ({ trackingNumber }) => ({ trackingNumber })),
 * });
 */
export function createEventForms<Event extends { readonly kind: string }, Subject>(
  table: EventFormTable<Event, Subject>,
): EventForms<Event, Subject> {
  const forms = new Map(Object.entries(table) as [Event['kind'], EventForm<Event, Subject>][]);
  const byType = new Map([...forms].map(([kind, form]) => [form.schema.typeName, { kind, form }]));
  return {
    schemas: [...forms.values()].map(({ schema }) => schema),
    encode: (subject, event) => forms.get(event.kind)!.write(event, subject),
    decode(stored) {
      const known = byType.get(stored.type);
      if (known === undefined) {
        throw new PlatformError(
          messagingReasons.EVENT_UNREADABLE,
          `${stored.type} is none of the events of this stream`,
        );
      }
      return { kind: known.kind, ...known.form.read(stored) } as Event;
    },
  };
}
