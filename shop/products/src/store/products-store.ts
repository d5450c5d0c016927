import { type Kysely, sql } from 'kysely';
import type { ProductsDatabase } from './tables.ts';

type Db = Kysely<ProductsDatabase>;

/** A product to add, with its first stock. */
export interface NewProduct {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly sku: string;
  readonly category: string;
  readonly priceMinorUnits: bigint;
  readonly currencyCode: string;
  readonly imageUrl: string;
  readonly weightGrams: number;
  readonly stockQuantity: number;
}

/** Columns that an update may change. */
export interface ProductChange {
  readonly name?: string;
  readonly description?: string;
  readonly category?: string;
  readonly price_minor_units?: bigint;
  readonly currency_code?: string;
  readonly image_url?: string;
  readonly weight_grams?: number;
  readonly active?: boolean;
}

/**
 * Adds products with their stock and first movement, in the caller's transaction; one whose sku is taken is left out.
 *
 * @returns the ids of those that were added.
 */
export async function insertProducts(tx: Db, added: readonly NewProduct[], reason: string): Promise<Set<string>> {
  if (added.length === 0) return new Set();
  const inserted = await tx
    .insertInto('products')
    .values(
      added.map((product) => ({
        id: product.id,
        name: product.name,
        description: product.description,
        sku: product.sku,
        category: product.category,
        price_minor_units: product.priceMinorUnits,
        currency_code: product.currencyCode,
        image_url: product.imageUrl,
        weight_grams: product.weightGrams,
      })),
    )
    .onConflict((conflict) => conflict.expression(sql`lower(sku)`).doNothing())
    .returning('id')
    .execute();
  const ids = new Set(inserted.map(({ id }) => id));
  await insertFirstStock(
    tx,
    added.filter(({ id }) => ids.has(id)),
    reason,
  );
  return ids;
}

async function insertFirstStock(tx: Db, added: readonly NewProduct[], reason: string): Promise<void> {
  if (added.length === 0) return;
  await tx
    .insertInto('stock')
    .values(added.map(({ id, stockQuantity }) => ({ product_id: id, on_hand: stockQuantity })))
    .execute();
  const stocked = added.filter(({ stockQuantity }) => stockQuantity > 0);
  if (stocked.length === 0) return;
  await tx
    .insertInto('stock_movements')
    .values(
      stocked.map(({ id, stockQuantity }) => ({
        product_id: id,
        on_hand_delta: stockQuantity,
        reserved_delta: 0,
        reason,
        order_id: null,
      })),
    )
    .execute();
}

/** Changes a product; false when there is none. */
export async function updateProduct(db: Db, id: string, change: ProductChange): Promise<boolean> {
  const result = await db
    .updateTable('products')
    .set({ ...change, updated_at: new Date() })
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
