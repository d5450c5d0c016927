import type { NewOrderItem } from '@mainstay/contracts/orders/v1/orders';
import type { Product } from '@mainstay/contracts/products/v1/products';
import { type FieldViolation, isUuid, kernelReasons, PlatformError } from '@mainstay/kernel';
import { type OrderPrice, type PricingRule, priceOrder } from '../domain/pricing.ts';

/** A line with the product as it is now. */
export interface QuotedLine {
  readonly productId: string;
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPriceMinorUnits: bigint;
}

/** What an order would cost now. */
export interface Quote {
  readonly currencyCode: string;
  /** In the order of the request. */
  readonly lines: readonly QuotedLine[];
  readonly price: OrderPrice;
}

/** Where names and prices come from: asked anew, or known from before. */
export type ReadProducts = (ids: readonly string[]) => Promise<readonly Product[]>;

/**
 * Reads names and prices of the ordered products and prices the order; nothing of it comes from the caller.
 *
 * @throws {@link PlatformError} `REQUEST_INVALID` with a violation for every line that cannot be ordered.
 */
export async function readQuote(
  readProducts: ReadProducts,
  items: readonly NewOrderItem[],
  pricing: PricingRule,
): Promise<Quote> {
  const ids = items.map(({ productId }) => productId.toLowerCase());
  const wanted = ids.filter(isUuid);
  const found = wanted.length === 0 ? [] : await readProducts(wanted);
  const byId = new Map(found.filter(({ active }) => active).map((product) => [product.id, product]));

  const violations: FieldViolation[] = [];
  const currencyCode = ids.map((id) => byId.get(id)?.price?.currencyCode).find(Boolean) ?? '';
  const lines = items.flatMap((item, index) => {
    const id = ids[index] ?? '';
    const product = byId.get(id);
    const violation = ids.indexOf(id) < index ? twice : violationOf(product, currencyCode);
    if (violation !== undefined) violations.push({ field: `items[${index}].product_id`, ...violation });
    return product === undefined ? [] : [quotedLine(product, item.quantity)];
  });
  if (violations.length > 0) throw invalid(violations);

  const price = priceOrder(lines, pricing);
  if (price === undefined || price.total === 0n) {
    const message = price === undefined ? 'the order costs more than can be paid' : 'the order costs nothing';
    throw invalid([{ field: 'items', rule: 'order.total', message }]);
  }
  return { currencyCode, lines, price };
}

// The contract compares the ids as they are written; this one also knows that case makes no difference.
const twice = { rule: 'items.unique_product', message: 'stands in a line before' };

function violationOf(product: Product | undefined, currencyCode: string): Omit<FieldViolation, 'field'> | undefined {
  if (product?.price === undefined) return { rule: 'product.unknown', message: 'there is no such product on sale' };
  if (product.price.currencyCode === currencyCode) return undefined;
  return { rule: 'product.currency', message: 'is priced in another currency than the lines before' };
}

function quotedLine(product: Product, quantity: number): QuotedLine {
  const { id: productId, sku, name } = product;
  return { productId, sku, name, quantity, unitPriceMinorUnits: product.price?.minorUnits ?? 0n };
}

function invalid(violations: readonly FieldViolation[]): PlatformError {
  return new PlatformError(kernelReasons.REQUEST_INVALID, 'the order cannot be placed as it is', { violations });
}
