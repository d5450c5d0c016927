import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { fromJsonString } from '@bufbuild/protobuf';
import { CreateProductRequestSchema } from '@mainstay/contracts/products/v1/products';
import type { Clock } from '@mainstay/kernel';
import {
  bulkImport,
  type Database,
  type ImportProblem,
  type ImportProgress,
  linesOfFile,
  type Transaction,
} from '@mainstay/postgres';
import { contractViolations } from '@mainstay/rpc';
import { firstStock, newProduct } from '../rpc/new-product.ts';
import { shapeProblem } from './shape-problem.ts';

/** An import of products from a file. */
export interface ProductsImport {
  readonly database: Database;
  readonly clock: Clock;
  /** Names the import; with the same name it goes on where it was stopped or killed. */
  readonly id: string;
  /** A file with a `CreateProductRequest` in JSON on each line. */
  readonly path: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/**
 * Adds the products of a file with their first stock, each once, wherever the process is killed; lines that break the contract, or whose sku is taken, are kept
 * with field and reason (`importProblems`).
 *
 * Cost: reads the file twice, first for its SHA-256; a transaction for each 1,000 lines.
 */
export async function importProducts({ database, clock, id, path, ...rest }: ProductsImport): Promise<ImportProgress> {
  return await bulkImport({
    ...rest,
    database,
    id,
    digest: await sha256(path),
    lines: linesOfFile(path),
    columns: {
      id: 'uuid',
      name: 'text',
      description: 'text',
      sku: 'text',
      category: 'text',
      price_minor_units: 'bigint',
      currency_code: 'text',
      image_url: 'text',
      weight_grams: 'integer',
      stock_quantity: 'integer',
    },
    parse: (text, line) => parseProduct(text, line, clock),
    apply: addProducts,
  });
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

function parseProduct(
  text: string,
  line: number,
  clock: Clock,
): readonly unknown[] | { readonly problems: readonly ImportProblem[] } {
  let request: ReturnType<typeof readRequest>;
  try {
    request = readRequest(text);
  } catch (error) {
    return { problems: [shapeProblem(line, error)] };
  }
  const violations = contractViolations(CreateProductRequestSchema, request);
  if (violations.length > 0) {
    return { problems: violations.map(({ field, rule, message }) => ({ line, field, reason: rule, message })) };
  }
  const product = newProduct(clock, request);
  return [
    product.id,
    product.name,
    product.description,
    product.sku,
    product.category,
    product.priceMinorUnits,
    product.currencyCode,
    product.imageUrl,
    product.weightGrams,
    product.stockQuantity,
  ];
}

function readRequest(text: string) {
  return fromJsonString(CreateProductRequestSchema, text);
}

/** In one statement, so that a product is there with its stock and first movement or not at all; of two lines with one sku the first counts. */
async function addProducts(tx: Transaction): Promise<readonly ImportProblem[]> {
  const { rows } = await tx.query<{ line: bigint }>(
    `WITH added AS (
       INSERT INTO products (id, name, description, sku, category, price_minor_units, currency_code, image_url, weight_grams)
       SELECT id, name, description, sku, category, price_minor_units, currency_code, image_url, weight_grams
         FROM import_batch ORDER BY line
       ON CONFLICT (lower(sku)) DO NOTHING RETURNING id
     ), stocked AS (
       INSERT INTO stock (product_id, on_hand) SELECT id, stock_quantity FROM import_batch JOIN added USING (id)
     ), moved AS (
       INSERT INTO stock_movements (product_id, on_hand_delta, reserved_delta, reason)
       SELECT id, stock_quantity, 0, $1 FROM import_batch JOIN added USING (id) WHERE stock_quantity > 0
     )
     SELECT line FROM import_batch WHERE id NOT IN (SELECT id FROM added)`,
    [firstStock],
  );
  return rows.map(({ line }) => ({
    line: Number(line),
    field: 'sku',
    reason: 'sku.taken',
    message: 'is taken',
  }));
}
