import type { Address } from '@mainstay/contracts/mainstay/common/v1/address';
import type { Money } from '@mainstay/contracts/mainstay/common/v1/money';
import type { OrderItem } from '@mainstay/contracts/orders/v1/orders';
import type { PlacedOrder } from '../domain/order-events.ts';

/** What a placed order is in both of its messages. */
export interface PlacedMessage {
  readonly userId: string;
  readonly sagaId: string;
  readonly items: readonly OrderItem[];
  readonly subtotal?: Money | undefined;
  readonly tax?: Money | undefined;
  readonly shipping?: Money | undefined;
  readonly shippingAddress?: Address | undefined;
}

/** Fields of the message of a placed order. */
export function fieldsOf(order: PlacedOrder) {
  const money = (minorUnits: bigint) => ({ currencyCode: order.currencyCode, minorUnits });
  return {
    userId: order.userId,
    sagaId: order.sagaId,
    items: order.lines.map(({ unitPriceMinorUnits, totalPriceMinorUnits, ...line }) => ({
      ...line,
      unitPrice: money(unitPriceMinorUnits),
      totalPrice: money(totalPriceMinorUnits),
    })),
    subtotal: money(order.subtotalMinorUnits),
    tax: money(order.taxMinorUnits),
    shipping: money(order.shippingMinorUnits),
    shippingAddress: order.address,
  };
}

/** The placed order of a message. */
export function placedOrder(message: PlacedMessage): PlacedOrder {
  const { userId, sagaId, items, subtotal, tax, shipping, shippingAddress } = message;
  const { street = '', city = '', state = '', zipCode = '', country = '' } = shippingAddress ?? {};
  return {
    userId,
    sagaId,
    currencyCode: subtotal?.currencyCode ?? '',
    lines: items.map(({ productId, sku, name, quantity, unitPrice, totalPrice }) => ({
      productId,
      sku,
      name,
      quantity,
      unitPriceMinorUnits: unitPrice?.minorUnits ?? 0n,
      totalPriceMinorUnits: totalPrice?.minorUnits ?? 0n,
    })),
    subtotalMinorUnits: subtotal?.minorUnits ?? 0n,
    taxMinorUnits: tax?.minorUnits ?? 0n,
    shippingMinorUnits: shipping?.minorUnits ?? 0n,
    address: { street, city, state, zipCode, country },
  };
}
