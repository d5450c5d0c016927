/** A line to price. */
export interface PricedLine {
  /** Price of one piece in minor units, not negative. */
  readonly unitPriceMinorUnits: bigint;
  /** Pieces, at least 1. */
  readonly quantity: number;
}

/** How tax and shipping are reckoned. */
export interface PricingRule {
  /** Tax on the lines, in hundredths of a percent. */
  readonly taxRateBasisPoints: number;
  readonly shippingFlatMinorUnits: number;
  /** Sum of the lines from which shipping costs nothing. */
  readonly freeFromMinorUnits: number;
}

/** What an order costs, in minor units; total = subtotal + tax + shipping. */
export interface OrderPrice {
  /** Of each line, in their order. */
  readonly lineTotals: readonly bigint[];
  readonly subtotal: bigint;
  readonly tax: bigint;
  readonly shipping: bigint;
  readonly total: bigint;
}

/** The largest amount a contract's int64 and a bigint column hold. */
export const maxMinorUnits = 2n ** 63n - 1n;

const basisPoints = 10_000n;

/**
 * Prices an order in whole minor units.
 *
 * Tax is reckoned once, on the sum of the lines, and rounded to the nearest unit, half a unit up; shipping is not
 * taxed. Every amount is exact: nothing here is a floating-point number.
 *
 * @returns undefined when the total is beyond what an amount can hold.
 */
export function priceOrder(lines: readonly PricedLine[], rule: PricingRule): OrderPrice | undefined {
  const lineTotals = lines.map((line) => line.unitPriceMinorUnits * BigInt(line.quantity));
  const subtotal = lineTotals.reduce((sum, amount) => sum + amount, 0n);
  const tax = (subtotal * BigInt(rule.taxRateBasisPoints) + basisPoints / 2n) / basisPoints;
  const shipping = subtotal >= BigInt(rule.freeFromMinorUnits) ? 0n : BigInt(rule.shippingFlatMinorUnits);
  const total = subtotal + tax + shipping;
  return total > maxMinorUnits ? undefined : { lineTotals, subtotal, tax, shipping, total };
}
