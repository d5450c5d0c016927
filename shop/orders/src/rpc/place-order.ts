import type { CreateOrderRequest } from '@mainstay/contracts/orders/v1/orders';
import { newSagaId } from '@mainstay/saga';
import { findOrder, insertOrder } from '../store/orders-store.ts';
import { insertStatusChange } from '../store/status-store.ts';
import type { OrderRow } from '../store/tables.ts';
import type { OrdersDependencies } from './dependencies.ts';
import type { Quote } from './read-quote.ts';

/** An order to record. */
export interface NewOrder {
  readonly id: string;
  readonly userId: string;
  readonly quote: Quote;
  readonly request: CreateOrderRequest;
}

/**
 * Records a pending order, its lines, its first line of history and its saga in one transaction, and wakes the saga.
 */
export async function placeOrder(deps: OrdersDependencies, order: NewOrder): Promise<OrderRow> {
  const { id, userId, quote, request } = order;
  const { lines, price, currencyCode } = quote;
  const sagaId = newSagaId(deps.clock);
  const at = new Date(deps.clock.nowMs());
  const { street = '', city = '', state = '', zipCode = '', country = '' } = request.shippingAddress ?? {};

  const placed = await deps.database.transaction(async (tx) => {
    await insertOrder(
      tx.kysely,
      {
        id,
        user_id: userId,
        status: 'pending',
        currency_code: currencyCode,
        subtotal_minor_units: price.subtotal,
        tax_minor_units: price.tax,
        shipping_minor_units: price.shipping,
        total_minor_units: price.total,
        street,
        city,
        state,
        zip_code: zipCode,
        country,
        saga_id: sagaId,
        created_at: at,
        updated_at: at,
      },
      lines.map((line, index) => ({
        order_id: id,
        line_number: index + 1,
        product_id: line.productId,
        sku: line.sku,
        name: line.name,
        quantity: line.quantity,
        unit_price_minor_units: line.unitPriceMinorUnits,
        total_price_minor_units: price.lineTotals[index] ?? 0n,
      })),
    );
    const placing = {
      order_id: id,
      from_status: null,
      to_status: 'pending',
      reason: '',
      actor: 'customer',
      at,
    } as const;
    await insertStatusChange(tx.kysely, placing);
    await deps.sagas.startPlacing(
      tx,
      { id, sagaId },
      {
        userId,
        lines: lines.map(({ productId, quantity }) => ({ productId, quantity })),
        totalMinorUnits: price.total.toString(),
        currencyCode,
        sealedToken: deps.vault.seal(request.paymentMethod?.token ?? '', id),
        paymentId: null,
      },
    );
    const recorded = (await findOrder(tx.kysely, id))!;
    await deps.moves.placed(tx, recorded, lines.length);
    return recorded;
  });
  deps.sagas.engine.wake(sagaId);
  return placed;
}
