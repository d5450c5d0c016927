import { PlatformError } from '@mainstay/kernel';
import { ordersReasons } from '../errors.ts';
import type { DecidedEvent, OrderLife, PlacedOrder } from './order-events.ts';
import { canMove, isBeingPlaced, type OrderStatus } from './order-status.ts';
import type { PlacingFailure } from './placing-failure.ts';

/** What may be asked of an order. */
export type OrderCommand =
  | { readonly kind: 'place'; readonly order: PlacedOrder }
  /** Its stock is held. */
  | { readonly kind: 'reserve' }
  /** It cannot be placed, and is being undone. */
  | { readonly kind: 'turnBack'; readonly reason: string }
  /** It is paid, and its stock is sold. */
  | { readonly kind: 'confirm'; readonly paymentId: string | null }
  /** Somebody wants it cancelled while it is being placed. */
  | { readonly kind: 'requestCancel'; readonly reason: string }
  /** A saga refunds and restocks it from now on; another one that does so already stays. */
  | {
      readonly kind: 'beginUndoing';
      readonly to: 'cancelled' | 'returned';
      readonly sagaId: string;
      readonly reason: string;
    }
  | { readonly kind: 'ship'; readonly trackingNumber: string }
  | { readonly kind: 'deliver' }
  /** Nothing of it is left: no payment, no stock. */
  | {
      readonly kind: 'cancel';
      readonly reason: string;
      readonly failure: PlacingFailure | null;
      readonly paymentId: string | null;
    }
  | { readonly kind: 'return'; readonly reason: string };

/**
 * Decides what happens to an order when it is asked for something.
 *
 * The whole state machine of orders: pure, and the only place that makes events of them.
 *
 * @param life - what its events amount to so far; undefined before it was placed.
 * @returns empty when what is asked is the case already.
 * @throws {@link PlatformError} `ORDER_STATE` when it is not possible from where the order stands, `ORDER_NOT_FOUND` when
 * there is none.
 */
export function decide(id: string, life: OrderLife | undefined, command: OrderCommand): readonly DecidedEvent[] {
  if (command.kind === 'place') {
    if (life === undefined) return [{ kind: 'created', order: command.order }];
    throw orderState(id, life.status, 'placed again');
  }
  if (life === undefined) throw new PlatformError(ordersReasons.ORDER_NOT_FOUND, `there is no order ${id}`);
  const to = (status: OrderStatus, event: DecidedEvent): readonly DecidedEvent[] => {
    if (canMove(life.status, status)) return [event];
    throw orderState(id, life.status, status);
  };
  switch (command.kind) {
    case 'reserve':
      return to('reserved', { kind: 'reserved' });
    case 'turnBack':
      return isBeingPlaced(life.status) ? [{ ...command, kind: 'turnedBack' }] : [];
    case 'confirm':
      return to('confirmed', { ...command, kind: 'confirmed' });
    case 'requestCancel':
      return isBeingPlaced(life.status) ? [{ ...command, kind: 'cancelRequested' }] : [];
    case 'beginUndoing':
      return decideUndoing(id, life, command);
    case 'ship':
      if (life.status === 'shipped' && life.trackingNumber === command.trackingNumber) return [];
      return byHand(id, life, 'shipped') && to('shipped', { ...command, kind: 'shipped' });
    case 'deliver':
      if (life.status === 'delivered') return [];
      return byHand(id, life, 'delivered') && to('delivered', { kind: 'delivered' });
    case 'cancel':
      return to('cancelled', { ...command, kind: 'cancelled' });
    case 'return':
      return to('returned', { ...command, kind: 'returned' });
  }
}

function decideUndoing(
  id: string,
  { status, closingSagaId }: OrderLife,
  command: OrderCommand & { readonly kind: 'beginUndoing' },
): readonly DecidedEvent[] {
  const isPossible = canMove(status, command.to) && !isBeingPlaced(status);
  if (closingSagaId !== null && (status === command.to || isPossible)) return [];
  if (isPossible) return [{ ...command, kind: 'undoingBegun' }];
  throw orderState(id, status, command.to);
}

/** A person moves nothing that a saga is undoing. */
function byHand(id: string, { status, closingSagaId }: OrderLife, wanted: OrderStatus): true {
  if (closingSagaId === null) return true;
  throw orderState(id, status, wanted);
}

/** The refusal of what an order does not allow. */
export function orderState(id: string, status: OrderStatus, wanted: string): PlatformError {
  return new PlatformError(ordersReasons.ORDER_STATE, `the order is ${status}, so it cannot be ${wanted}`, {
    metadata: { order_id: id, status },
  });
}
