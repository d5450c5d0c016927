import type { StockLine } from '../domain/reservation.ts';
import type { LockedStock } from '../store/stock-store.ts';

/** A product that does not have enough pieces. */
export interface StockShortage {
  readonly productId: string;
  readonly requested: number;
  /** 0 for a product that is unknown or off sale. */
  readonly available: number;
}

/** Lines that the locked stock cannot cover; empty when all can be had. */
export function shortagesOf(lines: readonly StockLine[], stock: ReadonlyMap<string, LockedStock>): StockShortage[] {
  const short: StockShortage[] = [];
  for (const { productId, quantity } of lines) {
    const row = stock.get(productId);
    const available = row?.active ? row.on_hand - row.reserved : 0;
    if (available < quantity) short.push({ productId, requested: quantity, available });
  }
  return short;
}
