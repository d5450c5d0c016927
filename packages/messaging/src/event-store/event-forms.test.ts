import { OrderCancelledSchema, OrderShippedSchema } from '@mainstay/contracts/orders/v1/events';
import { isPlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import type { EventDraft } from '../event/cloud-event.ts';
import { createEventMaker } from '../event/event-maker.ts';
import { createEventForms, eventForm } from './event-forms.ts';
import type { StreamEvent } from './stream-event.ts';

type Happened =
  | { readonly kind: 'shipped'; readonly trackingNumber: string }
  | { readonly kind: 'cancelled'; readonly why: string };

const forms = createEventForms<Happened, { readonly orderId: string }>({
  shipped: eventForm(
    OrderShippedSchema,
    ({ trackingNumber }, { orderId }) => ({ orderId, trackingNumber }),
    ({ trackingNumber }) => ({ trackingNumber }),
  ),
  cancelled: eventForm(
    OrderCancelledSchema,
    ({ why }, { orderId }) => ({ orderId, reason: why }),
    ({ reason }) => ({ why: reason }),
  ),
});

const makeEvent = createEventMaker({ events: [OrderShippedSchema, OrderCancelledSchema] });
const stored = (draft: EventDraft): StreamEvent => ({ ...makeEvent(draft), stream: 's', version: 1n, actor: 'test' });

test('an event of each kind is read as it was written, and is about its subject', () => {
  const events: readonly Happened[] = [
    { kind: 'shipped', trackingNumber: 'TRACK-1' },
    { kind: 'cancelled', why: 'changed my mind' },
  ];
  const kept = events.map((event) => stored(forms.encode({ orderId: 'order-7' }, event)));
  expect(kept.map((event) => forms.decode(event))).toEqual(events);
  expect(kept.map(({ subject }) => subject)).toEqual(['order-7', 'order-7']);
  expect(forms.schemas).toEqual([OrderShippedSchema, OrderCancelledSchema]);
});

test('an event of a type that is not in the table is EVENT_UNREADABLE', () => {
  const event = { ...stored(forms.encode({ orderId: 'a' }, { kind: 'shipped', trackingNumber: '' })), type: 'x.v1.Y' };
  expect(() => forms.decode(event)).toThrow(expect.toSatisfy((error) => isPlatformError(error, 'EVENT_UNREADABLE')));
});
