import { create } from '@bufbuild/protobuf';
import {
  type AdjustStockRequest,
  type AdjustStockResponse,
  AdjustStockResponseSchema,
} from '@mainstay/contracts/products/v1/products';
import { isUuid, PlatformError } from '@mainstay/kernel';
import { productsReasons } from '../errors.ts';
import { findProduct } from '../store/catalogue-store.ts';
import { adjustStock as adjust } from '../store/stock-store.ts';
import type { ProductsDependencies } from './dependencies.ts';
import { productMessage } from './product-message.ts';
import { productNotFound } from './product-not-found.ts';

/** Changes the pieces on hand; never below what is reserved. */
export async function adjustStock(
  deps: ProductsDependencies,
  request: AdjustStockRequest,
): Promise<AdjustStockResponse> {
  if (!isUuid(request.id)) throw productNotFound(request.id);
  const { delta, reason } = request;
  const product = await deps.database.transaction(async (tx) => {
    const adjusted = await adjust(tx.kysely, request.id, { delta, reason });
    const row = await findProduct(tx.kysely, request.id);
    if (row === undefined) throw productNotFound(request.id);
    if (!adjusted) {
      const message = `stock is ${row.on_hand} with ${row.reserved} reserved and cannot change by ${delta}`;
      throw new PlatformError(productsReasons.STOCK_OUT_OF_RANGE, message, {
        metadata: { product_id: row.id, stock_quantity: `${row.on_hand}`, reserved_quantity: `${row.reserved}` },
      });
    }
    return row;
  });
  return create(AdjustStockResponseSchema, { product: productMessage(product) });
}
