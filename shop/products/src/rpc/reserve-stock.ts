import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  type Line,
  type ReserveStockRequest,
  type ReserveStockResponse,
  ReserveStockResponseSchema,
} from '@mainstay/contracts/products/v1/products';
import { kernelReasons, PlatformError } from '@mainstay/kernel';
import { reserve } from '../reservations/reserve.ts';
import type { ProductsDependencies } from './dependencies.ts';

/** Holds stock for an order; a shortage is an answer, not an error. */
export async function reserveStock(
  deps: ProductsDependencies,
  request: ReserveStockRequest,
): Promise<ReserveStockResponse> {
  refuseRepeatedProducts(request.lines);
  const outcome = await deps.database.transaction((tx) =>
    reserve(tx, {
      orderId: request.orderId,
      lines: request.lines,
      expiresAt: new Date(deps.clock.nowMs() + deps.holdMs),
    }),
  );
  if ('shortages' in outcome) {
    const shortages = outcome.shortages.map(({ productId, requested, available }) => ({
      productId,
      requestedQuantity: requested,
      availableQuantity: available,
    }));
    return create(ReserveStockResponseSchema, { outcome: { case: 'short', value: { shortages } } });
  }
  const { id, expiresAt } = outcome.reservation;
  return create(ReserveStockResponseSchema, {
    outcome: {
      case: 'reserved',
      value: { id, orderId: request.orderId, expiresAt: timestampFromDate(expiresAt) },
    },
  });
}

function refuseRepeatedProducts(lines: readonly Line[]): void {
  const seen = new Set<string>();
  const violations = lines.flatMap(({ productId }, index) => {
    if (!seen.has(productId)) {
      seen.add(productId);
      return [];
    }
    return [{ field: `lines[${index}].product_id`, rule: 'lines.unique_product', message: 'stands in a line before' }];
  });
  if (violations.length === 0) return;
  throw new PlatformError(kernelReasons.REQUEST_INVALID, 'each product may stand in one line only', { violations });
}
