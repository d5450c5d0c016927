import { type Kysely, sql } from 'kysely';
import type { StockEffect, StockLine } from '../domain/reservation.ts';
import type { ProductsDatabase } from './tables.ts';

type Db = Kysely<ProductsDatabase>;

/** Most pieces on hand of one product; leaves room in a 32-bit integer. */
const maxOnHand = 1_000_000_000;

/** Stock of one product, its row locked. */
export interface LockedStock {
  readonly product_id: string;
  readonly on_hand: number;
  readonly reserved: number;
  readonly active: boolean;
}

/**
 * Locks the stock rows of some products, in the order of their ids, so that two orders of the same products never
 * wait for each other in a ring. Unknown products are left out.
 */
export async function lockStock(tx: Db, productIds: readonly string[]): Promise<Map<string, LockedStock>> {
  const rows = await tx
    .selectFrom('stock as s')
    .innerJoin('products as p', 'p.id', 's.product_id')
    .select(['s.product_id', 's.on_hand', 's.reserved', 'p.active'])
    .where('s.product_id', 'in', [...productIds])
    .orderBy('s.product_id')
    .forUpdate('s')
    .execute();
  return new Map(rows.map((row) => [row.product_id, row]));
}

/** Why stock changed, for the ledger of movements. */
export interface MovementReason {
  readonly reason: string;
  readonly orderId: string | null;
}

/**
 * Changes the stock of some lines and writes the movements, in one statement each.
 *
 * The caller holds the rows' locks. The check `stock_never_oversold` refuses what would oversell.
 */
export async function applyEffect(
  tx: Db,
  lines: readonly StockLine[],
  effect: StockEffect & MovementReason,
): Promise<void> {
  if (lines.length === 0 || (effect.onHand === 0 && effect.reserved === 0)) return;
  const ids = lines.map((line) => line.productId);
  const quantities = lines.map((line) => line.quantity);
  await sql`
    with lines as (select * from unnest(${ids}::uuid[], ${quantities}::int[]) as l (product_id, quantity)),
    changed as (
      update stock s
      set on_hand = s.on_hand + l.quantity * ${effect.onHand}::int,
          reserved = s.reserved + l.quantity * ${effect.reserved}::int,
          updated_at = now()
      from lines l
      where s.product_id = l.product_id
    )
    insert into stock_movements (product_id, on_hand_delta, reserved_delta, reason, order_id)
    select product_id, quantity * ${effect.onHand}::int, quantity * ${effect.reserved}::int,
           ${effect.reason}, ${effect.orderId}
    from lines`.execute(tx);
}

/**
 * Adds pieces to a product's stock, or takes them away; one conditional update, so that no concurrent sale is lost.
 *
 * @returns false when there is no such product or the result would be out of range.
 */
export async function adjustStock(
  tx: Db,
  productId: string,
  change: { delta: number; reason: string },
): Promise<boolean> {
  const result = await tx
    .updateTable('stock')
    .set({ on_hand: sql`on_hand + ${change.delta}::int`, updated_at: new Date() })
    .where('product_id', '=', productId)
    .where(sql<boolean>`on_hand + ${change.delta}::int between reserved and ${maxOnHand}`)
    .executeTakeFirst();
  if (result.numUpdatedRows === 0n) return false;
  await tx
    .insertInto('stock_movements')
    .values({
      product_id: productId,
      on_hand_delta: change.delta,
      reserved_delta: 0,
      reason: change.reason,
      order_id: null,
    })
    .execute();
  return true;
}
