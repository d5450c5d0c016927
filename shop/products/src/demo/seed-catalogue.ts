import { optionError, uuidv7 } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { Kysely } from 'kysely';
import { insertProducts, type NewProduct } from '../store/products-store.ts';
import type { ProductsDatabase } from '../store/tables.ts';
import { demoCategories } from './catalogue.ts';

/**
 * Decides whether the demo catalogue is added.
 *
 * @throws {@link PlatformError} `OPTION_INVALID` when it is asked for in production.
 */
export function wantsDemoCatalogue(setting: 'auto' | 'on' | 'off', mode: 'local' | 'production'): boolean {
  if (setting === 'on' && mode === 'production') {
    throw optionError('products.demo.catalogue', '"auto" or "off" in production mode', setting);
  }
  return setting === 'on' || (setting === 'auto' && mode === 'local');
}

/** All products of the demo catalogue, 216 of them; the same at every call but for their ids. */
export function demoProducts(): NewProduct[] {
  return demoCategories.flatMap(({ category, code, finishes, kinds }) =>
    kinds.flatMap(([name, priceCents, weightGrams, text], row) =>
      finishes.map((finish, column) => ({
        id: uuidv7(),
        name: `${name}, ${finish}`,
        description: `${text}.`,
        sku: `${code}-${String(row + 1).padStart(2, '0')}${column + 1}`,
        category,
        priceMinorUnits: BigInt(priceCents + column * Math.ceil(priceCents / 10)),
        currencyCode: 'USD',
        imageUrl: '',
        weightGrams,
        stockQuantity: 40 + ((row * 7 + column * 13) % 61),
      })),
    ),
  );
}

/**
 * Adds the demo catalogue, once in the life of a database; two instances that start at once add it once.
 *
 * @returns how many products were added; 0 when it was there already.
 */
export async function seedCatalogue(database: Database): Promise<number> {
  return await database.transaction(async (tx) => {
    const db = tx.kysely as Kysely<ProductsDatabase>;
    const first = await db
      .insertInto('seeds')
      .values({ name: 'demo-catalogue' })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirst();
    if ((first.numInsertedOrUpdatedRows ?? 0n) === 0n) return 0;
    return (await insertProducts(db, demoProducts(), 'demo catalogue')).size;
  });
}
