import { OrderStatus } from '@mainstay/contracts/orders/v1/orders';
import type { OrderStatus as StatusWord } from '../domain/order-status.ts';

/** The contract's number of each status. */
export const statusNumbers: Readonly<Record<StatusWord, OrderStatus>> = {
  pending: OrderStatus.PENDING,
  reserved: OrderStatus.RESERVED,
  confirmed: OrderStatus.CONFIRMED,
  shipped: OrderStatus.SHIPPED,
  delivered: OrderStatus.DELIVERED,
  cancelled: OrderStatus.CANCELLED,
  returned: OrderStatus.RETURNED,
};

const words = new Map(Object.entries(statusNumbers).map(([word, number]) => [number, word as StatusWord]));

/** The stored word of a status; undefined for unspecified. */
export function statusWord(status: OrderStatus): StatusWord | undefined {
  return words.get(status);
}
