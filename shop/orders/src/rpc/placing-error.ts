import { type FieldViolation, PlatformError, type Reason } from '@mainstay/kernel';
import type { PlacingFailure } from '../domain/placing-failure.ts';
import { ordersReasons } from '../errors.ts';
import type { KeptShortage } from '../sagas/refusals.ts';
import type { OrderRow } from '../store/tables.ts';

const ownReasons: Readonly<Record<string, { readonly reason: Reason; readonly message: string }>> = {
  PAYMENT_DECLINED: { reason: ordersReasons.PAYMENT_DECLINED, message: 'the payment was declined' },
  INSUFFICIENT_INVENTORY: { reason: ordersReasons.INSUFFICIENT_INVENTORY, message: 'there is not enough stock' },
  USER_INVALID: { reason: ordersReasons.USER_INVALID, message: 'the account may not order' },
};

/** The answer of a call whose order could not be placed; every repetition of the call gets the same. */
export function placingError(order: Pick<OrderRow, 'id'>, failure: PlacingFailure): PlatformError {
  const { shortages, payment_id: _, ...metadata } = failure.metadata;
  const own = ownReasons[failure.reason];
  if (own === undefined) {
    return new PlatformError(ordersReasons.ORDER_CANCELLED, `order ${order.id} was cancelled before it was confirmed`, {
      metadata: { ...metadata, order_id: order.id, cancel_reason: failure.reason },
    });
  }
  return new PlatformError(own.reason, `${own.message}, so order ${order.id} is cancelled`, {
    metadata: { ...metadata, order_id: order.id },
    violations: shortages === undefined ? [] : (JSON.parse(shortages) as KeptShortage[]).map(violationOf),
  });
}

function violationOf({ line, requested, available }: KeptShortage): FieldViolation {
  return {
    field: `items[${line}].quantity`,
    rule: 'stock.available',
    message: `${requested} ordered, ${available} available`,
  };
}
