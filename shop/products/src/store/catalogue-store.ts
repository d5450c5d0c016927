import { type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { PageCursor } from '../domain/page-cursor.ts';
import type { TextQuery } from '../domain/search-words.ts';
import type { ProductsDatabase } from './tables.ts';

type Db = Kysely<ProductsDatabase>;

/** A product with its stock, as read from the two tables. */
export interface ProductRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly sku: string;
  readonly category: string;
  readonly price_minor_units: bigint;
  readonly currency_code: string;
  readonly image_url: string;
  readonly weight_grams: number;
  readonly active: boolean;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly on_hand: number;
  readonly reserved: number;
}

const columns = [
  'p.id',
  'p.name',
  'p.description',
  'p.sku',
  'p.category',
  'p.price_minor_units',
  'p.currency_code',
  'p.image_url',
  'p.weight_grams',
  'p.active',
  'p.created_at',
  's.on_hand',
  's.reserved',
] as const;

function products(db: Db) {
  return db
    .selectFrom('products as p')
    .innerJoin('stock as s', 's.product_id', 'p.id')
    .select([...columns, sql<Date>`greatest(p.updated_at, s.updated_at)`.as('updated_at')]);
}

/** What to search for. */
export interface ProductSearch {
  /** A text query as `textQuery` makes it; absent lists all, newest first. */
  readonly words?: TextQuery;
  readonly category?: string;
  readonly includeInactive: boolean;
  readonly after?: PageCursor;
  readonly limit: number;
}

/**
 * Reads one page of the catalogue; best match first with words, newest first without.
 *
 * Uses `products_search` with words, the primary key or `products_category_id` without; the cursor makes every page
 * as cheap as the first.
 */
export async function searchProducts(db: Db, search: ProductSearch): Promise<(ProductRow & { rank?: number })[]> {
  let query = products(db).limit(search.limit);
  if (!search.includeInactive) query = query.where('p.active', '=', true);
  if (search.category !== undefined) query = query.where('p.category', '=', search.category);
  return search.words === undefined
    ? await newestFirst(query, search.after).execute()
    : await bestFirst(query, tsquery(search.words), search.after).execute();
}

function tsquery({ words, codes }: TextQuery): RawBuilder<unknown> {
  if (codes === '') return sql`to_tsquery('english', ${words})`;
  if (words === '') return sql`${codes}::tsquery`;
  return sql`(to_tsquery('english', ${words}) && ${codes}::tsquery)`;
}

type ProductQuery = ReturnType<typeof products>;

function newestFirst(query: ProductQuery, after: PageCursor | undefined): ProductQuery {
  const page = after === undefined ? query : query.where('p.id', '<', after.id);
  return page.orderBy('p.id', 'desc');
}

function bestFirst(query: ProductQuery, words: RawBuilder<unknown>, after: PageCursor | undefined) {
  const rank = sql<number>`ts_rank(p.search, ${words})::float8`;
  let page = query.where(sql<boolean>`p.search @@ ${words}`) as SelectQueryBuilder<
    ProductsDatabase & { p: ProductsDatabase['products']; s: ProductsDatabase['stock'] },
    'p' | 's',
    ProductRow
  >;
  if (after !== undefined) page = page.where(sql<boolean>`(${rank}, p.id) < (${after.rank ?? 0}, ${after.id}::uuid)`);
  return page.select(rank.as('rank')).orderBy('rank', 'desc').orderBy('p.id', 'desc');
}

/** Reads products by id, in no particular order; unknown ids are left out. */
export async function findProducts(db: Db, ids: readonly string[]): Promise<ProductRow[]> {
  if (ids.length === 0) return [];
  return await products(db)
    .where('p.id', 'in', [...ids])
    .execute();
}

/** Reads one product. */
export async function findProduct(db: Db, id: string): Promise<ProductRow | undefined> {
  return (await findProducts(db, [id]))[0];
}

/** Categories with the number of products on sale in them, by name. */
export async function listCategories(db: Db): Promise<{ category: string; count: number }[]> {
  const rows = await db
    .selectFrom('products')
    .select(['category', sql<number>`count(*)::int`.as('count')])
    .where('active', '=', true)
    .groupBy('category')
    .orderBy('category')
    .execute();
  return rows;
}
