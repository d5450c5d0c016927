/** Where an order stands; `cancelled` and `returned` are final. */
export type OrderStatus = 'pending' | 'reserved' | 'confirmed' | 'shipped' | 'delivered' | 'cancelled' | 'returned';

/** The statuses that each status may move to; everything else is refused. */
export const moves: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: ['reserved', 'cancelled'],
  reserved: ['confirmed', 'cancelled'],
  confirmed: ['shipped', 'cancelled'],
  shipped: ['delivered', 'returned'],
  delivered: ['returned'],
  cancelled: [],
  returned: [],
};

/** Tells whether an order may go from one status to another. */
export function canMove(from: OrderStatus, to: OrderStatus): boolean {
  return moves[from].includes(to);
}

/** True when nothing can follow. */
export function isFinal(status: OrderStatus): boolean {
  return moves[status].length === 0;
}

/** True while the saga that places the order has not ended. */
export function isBeingPlaced(status: OrderStatus): boolean {
  return status === 'pending' || status === 'reserved';
}
