import type { CreateOrderRequest } from '@mainstay/contracts/orders/v1/orders';
import { newSagaId } from '@mainstay/saga';
import type { PlacedOrder } from '../domain/order-events.ts';
import type { OrderRow } from '../store/tables.ts';
import { callingActor } from './caller.ts';
import type { OrdersDependencies } from './dependencies.ts';
import type { Quote } from './read-quote.ts';

/** An order to record. */
export interface NewOrder {
  readonly id: string;
  readonly userId: string;
  readonly quote: Quote;
  readonly request: CreateOrderRequest;
}

/** Records a pending order and its saga in one transaction, and wakes the saga. */
export async function placeOrder(deps: OrdersDependencies, newOrder: NewOrder): Promise<OrderRow> {
  const { id, request } = newOrder;
  const order = placedOrder(newOrder, newSagaId(deps.clock));
  const { userId, sagaId, currencyCode, lines } = order;
  const asked = { command: { kind: 'place', order }, actor: callingActor('customer') } as const;
  const placed = await deps.database.transaction(async (tx) => {
    const row = await deps.record.execute(tx, id, asked);
    await deps.sagas.startPlacing(
      tx,
      { id, sagaId },
      {
        userId,
        lines: lines.map(({ productId, quantity }) => ({ productId, quantity })),
        totalMinorUnits: row.total_minor_units.toString(),
        currencyCode,
        sealedToken: deps.vault.seal(request.paymentMethod?.token ?? '', id),
        paymentId: null,
      },
    );
    return row;
  });
  deps.sagas.engine.wake(sagaId);
  return placed;
}

function placedOrder({ userId, quote, request }: NewOrder, sagaId: string): PlacedOrder {
  const { lines, price, currencyCode } = quote;
  const { street = '', city = '', state = '', zipCode = '', country = '' } = request.shippingAddress ?? {};
  return {
    userId,
    sagaId,
    currencyCode,
    lines: lines.map((line, index) => ({ ...line, totalPriceMinorUnits: price.lineTotals[index] ?? 0n })),
    subtotalMinorUnits: price.subtotal,
    taxMinorUnits: price.tax,
    shippingMinorUnits: price.shipping,
    address: { street, city, state, zipCode, country },
  };
}
