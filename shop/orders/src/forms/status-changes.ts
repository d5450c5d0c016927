import type { StreamEvent } from '@mainstay/messaging';
import { parseActor } from '../domain/actor.ts';
import { changesOf, type OrderEvent } from '../domain/order-events.ts';
import type { OrderStatus } from '../domain/order-status.ts';

/** One change of an order's status. */
export interface StatusChange {
  /** Version of the order after it. */
  readonly version: bigint;
  readonly from: OrderStatus | null;
  readonly to: OrderStatus;
  readonly reason: string;
  /** `saga`, `customer` or `admin`. */
  readonly actor: string;
  readonly at: Date;
}

/** The changes of status that an event brings: none, one, or the past ones of an order from before it had events. */
export function statusChangesOf(
  event: OrderEvent,
  { version, time, actor }: Pick<StreamEvent, 'version' | 'time' | 'actor'>,
): readonly Omit<StatusChange, 'from'>[] {
  if (event.kind === 'imported') return event.changes.map((change) => ({ ...change, version }));
  const { status } = changesOf(event);
  if (status === undefined) return [];
  // Why an order turned back is told with its last change.
  const reason = 'reason' in event ? event.reason : '';
  return [{ version, to: status, reason, actor: parseActor(actor).kind, at: time }];
}

/** The changes of status of a whole stream, oldest first. */
export function statusChanges(
  events: readonly { readonly event: OrderEvent; readonly stored: StreamEvent }[],
): readonly StatusChange[] {
  let from: OrderStatus | null = null;
  return events
    .flatMap(({ event, stored }) => statusChangesOf(event, stored))
    .map((change) => {
      const whole = { ...change, from };
      from = change.to;
      return whole;
    });
}
