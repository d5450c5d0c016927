import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maxMinorUnits, priceOrder } from './pricing.ts';

const line = fc.record({
  unitPriceMinorUnits: fc.bigInt({ min: 0n, max: maxMinorUnits }),
  quantity: fc.integer({ min: 1, max: 1_000 }),
});
const rule = fc.record({
  taxRateBasisPoints: fc.integer({ min: 0, max: 10_000 }),
  shippingFlatMinorUnits: fc.integer({ min: 0, max: 1_000_000 }),
  freeFromMinorUnits: fc.integer({ min: 0, max: 1_000_000 }),
});

test('a total is the exact sum of its parts and fits an amount, or there is none', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 50 }), rule, (lines, pricing) => {
      const price = priceOrder(lines, pricing);
      const subtotal = lines.reduce((sum, one) => sum + one.unitPriceMinorUnits * BigInt(one.quantity), 0n);
      if (price === undefined) {
        expect(subtotal * 20_000n + 2_000_000n).toBeGreaterThan(maxMinorUnits);
        return;
      }
      expect(price.lineTotals.reduce((sum, amount) => sum + amount, 0n)).toBe(subtotal);
      expect(price.subtotal).toBe(subtotal);
      expect(price.total).toBe(price.subtotal + price.tax + price.shipping);
      expect(price.total).toBeLessThanOrEqual(maxMinorUnits);
      for (const amount of [price.subtotal, price.tax, price.shipping]) expect(amount).toBeGreaterThanOrEqual(0n);
    }),
  );
});

test('tax is at most half a minor unit away from the exact tax, and half a unit goes up', () => {
  const cheap = fc.record({
    unitPriceMinorUnits: fc.bigInt({ min: 0n, max: 10n ** 12n }),
    quantity: fc.integer({ min: 1, max: 1_000 }),
  });
  fc.assert(
    fc.property(fc.array(cheap, { minLength: 1, maxLength: 5 }), rule, (lines, pricing) => {
      const { subtotal, tax } = priceOrder(lines, pricing)!;
      const errorInBasisPoints = tax * 10_000n - subtotal * BigInt(pricing.taxRateBasisPoints);
      expect(errorInBasisPoints).toBeGreaterThan(-5_000n);
      expect(errorInBasisPoints).toBeLessThanOrEqual(5_000n);
    }),
  );
});

test('shipping is flat below the limit and free from it on', () => {
  const pricing = { taxRateBasisPoints: 800, shippingFlatMinorUnits: 599, freeFromMinorUnits: 5_000 };
  const of = (unitPriceMinorUnits: bigint) => priceOrder([{ unitPriceMinorUnits, quantity: 1 }], pricing);
  expect(of(4_999n)).toMatchObject({ tax: 400n, shipping: 599n, total: 5_998n });
  expect(of(5_000n)).toMatchObject({ tax: 400n, shipping: 0n, total: 5_400n });
});
