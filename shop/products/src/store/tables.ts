import type { ColumnType, Generated, Selectable } from 'kysely';
import type { ReservationStatus } from '../domain/reservation.ts';

type Timestamp = ColumnType<Date, Date | undefined, Date>;

/** Table `products`. */
export interface ProductsTable {
  id: string;
  name: string;
  description: string;
  sku: string;
  category: string;
  price_minor_units: bigint;
  currency_code: string;
  image_url: Generated<string>;
  weight_grams: Generated<number>;
  active: Generated<boolean>;
  created_at: Timestamp;
  updated_at: Timestamp;
  search: ColumnType<string, never, never>;
}

/** Table `stock`, one row a product; available is `on_hand - reserved` and never stored. */
export interface StockTable {
  product_id: string;
  on_hand: number;
  reserved: Generated<number>;
  updated_at: Timestamp;
}

/** Table `reservations`, one row an order. */
export interface ReservationsTable {
  id: string;
  order_id: string;
  status: ReservationStatus;
  expires_at: Date;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** Table `reservation_lines`. */
export interface ReservationLinesTable {
  reservation_id: string;
  product_id: string;
  quantity: number;
}

/** Table `stock_movements`, append only. */
export interface StockMovementsTable {
  id: Generated<bigint>;
  product_id: string;
  on_hand_delta: number;
  reserved_delta: number;
  reason: string;
  order_id: string | null;
  at: Timestamp;
}

/** Table `seeds`: what was filled in once. */
export interface SeedsTable {
  name: string;
  at: Timestamp;
}

/** The service's database. */
export interface ProductsDatabase {
  products: ProductsTable;
  stock: StockTable;
  reservations: ReservationsTable;
  reservation_lines: ReservationLinesTable;
  stock_movements: StockMovementsTable;
  seeds: SeedsTable;
}

export type ReservationRow = Selectable<ReservationsTable>;
