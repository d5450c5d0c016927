import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  type QuoteOrderRequest,
  type QuoteOrderResponse,
  QuoteOrderResponseSchema,
} from '@mainstay/contracts/orders/v1/orders';
import { setDegraded } from '@mainstay/rpc';
import type { OrdersDependencies } from './dependencies.ts';
import { readQuote } from './read-quote.ts';

/** Says what an order would cost, from prices that may be older while products cannot be asked; placing it never does. */
export async function quoteOrder(deps: OrdersDependencies, request: QuoteOrderRequest): Promise<QuoteOrderResponse> {
  let ageMs = 0;
  const readProducts = async (ids: readonly string[]) => {
    const known = await deps.knownProducts.read(ids);
    ageMs = known.ageMs;
    if (known.degraded !== undefined) setDegraded({ ...known.degraded, ageMs });
    return known.products;
  };
  const { lines, price, currencyCode } = await readQuote(readProducts, request.items, deps.pricing);
  const money = (minorUnits: bigint) => ({ currencyCode, minorUnits });
  return create(QuoteOrderResponseSchema, {
    quote: {
      items: lines.map((line, index) => ({
        productId: line.productId,
        sku: line.sku,
        name: line.name,
        quantity: line.quantity,
        unitPrice: money(line.unitPriceMinorUnits),
        totalPrice: money(price.lineTotals[index] ?? 0n),
      })),
      subtotal: money(price.subtotal),
      tax: money(price.tax),
      shipping: money(price.shipping),
      total: money(price.total),
      pricedAt: timestampFromMs(deps.clock.nowMs() - ageMs),
    },
  });
}
