import type { Decline } from '@mainstay/contracts/payments/v1/payments';
import type { Shortage } from '@mainstay/contracts/products/v1/products';
import { PlatformError } from '@mainstay/kernel';
import { ordersReasons } from '../errors.ts';

/** A shortage as it is kept with the order, one per short line. */
export interface KeptShortage {
  /** Index of the line in the order. */
  readonly line: number;
  readonly requested: number;
  readonly available: number;
}

/**
 * The refusal of an order whose products are short.
 *
 * Nothing is held, so this attempt needs no undoing; the metadata names the first product, and all of them as JSON.
 */
export function short(
  lines: readonly { readonly productId: string }[],
  shortages: readonly Pick<Shortage, 'productId' | 'requestedQuantity' | 'availableQuantity'>[],
): PlatformError {
  const kept = shortages.map(
    (one): KeptShortage => ({
      line: lines.findIndex(({ productId }) => productId === one.productId),
      requested: one.requestedQuantity,
      available: one.availableQuantity,
    }),
  );
  const first = shortages[0];
  return new PlatformError(ordersReasons.INSUFFICIENT_INVENTORY, `${shortages.length} products are short`, {
    executed: 'no',
    metadata: {
      ...(first !== undefined && {
        product_id: first.productId,
        requested_quantity: String(first.requestedQuantity),
        available_quantity: String(first.availableQuantity),
      }),
      shortages: JSON.stringify(kept),
    },
  });
}

/** The refusal of a payment; the payment stays on record and is closed by the counter-action. */
export function declined(decline: Pick<Decline, 'code' | 'message'>, paymentId: string | undefined): PlatformError {
  return new PlatformError(ordersReasons.PAYMENT_DECLINED, decline.message || 'the payment was declined', {
    metadata: { decline_code: decline.code, ...(paymentId !== undefined && { payment_id: paymentId }) },
  });
}
