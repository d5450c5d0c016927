import { create } from '@bufbuild/protobuf';
import {
  type BatchCreateProductsRequest,
  type BatchCreateProductsResponse,
  BatchCreateProductsResponseSchema,
  type BatchCreateProductsResult,
  BatchCreateProductsResultSchema,
  type CreateProductRequest,
  CreateProductRequestSchema,
} from '@mainstay/contracts/products/v1/products';
import { contractViolations, createViolations, toErrorDetail, type Violations } from '@mainstay/rpc';
import { findProducts } from '../store/catalogue-store.ts';
import { insertProducts } from '../store/products-store.ts';
import type { ProductsDependencies } from './dependencies.ts';
import { firstStock, newProduct, skuTaken } from './new-product.ts';
import { productMessage } from './product-message.ts';

/** Adds several products with their first stock: all or none, or each that can be added. */
export async function batchCreateProducts(
  deps: ProductsDependencies,
  { requests, partial }: BatchCreateProductsRequest,
): Promise<BatchCreateProductsResponse> {
  const faults = faultsOfEach(requests);
  if (!partial) refuseAny(faults);
  const products = requests.map((request) => newProduct(deps.clock, request));
  const taken = (index: number) => ({ field: `requests[${index}].sku`, sku: products[index]!.sku });

  const rows = await deps.database.transaction(async (tx) => {
    const sound = products.filter((_, index) => faults[index]!.all.length === 0);
    const added = await insertProducts(tx.kysely, sound, firstStock);
    const others = products.flatMap(({ id }, index) => (added.has(id) ? [] : [index]));
    if (!partial && others.length > 0) throw skuTaken(others.map(taken));
    return await findProducts(tx.kysely, [...added]);
  });

  const added = new Map(rows.map((row) => [row.id, row]));
  const results = products.map(({ id }, index): BatchCreateProductsResult => {
    const row = added.get(id);
    return create(BatchCreateProductsResultSchema, {
      outcome:
        row === undefined
          ? { case: 'error', value: toErrorDetail(faults[index]!.failure() ?? skuTaken([taken(index)])) }
          : { case: 'product', value: productMessage(row) },
    });
  });
  return create(BatchCreateProductsResponseSchema, {
    results,
    createdCount: rows.length,
    failedCount: results.length - rows.length,
  });
}

/** Finds what is wrong with each request. */
function faultsOfEach(requests: readonly CreateProductRequest[]): readonly Violations[] {
  const uses = Map.groupBy(requests, ({ sku }) => sku.toLowerCase());
  return requests.map((request, index) => {
    const faults = createViolations();
    const place = faults.at('requests', index);
    for (const { field, rule, message } of contractViolations(CreateProductRequestSchema, request)) {
      place.add(field, rule, message);
    }
    const repeats = uses.get(request.sku.toLowerCase())!.length;
    if (repeats > 1) place.add('sku', 'sku.repeated', `stands in ${repeats} requests of the batch`);
    return faults;
  });
}

function refuseAny(faults: readonly Violations[]): void {
  const together = createViolations();
  for (const { field, rule, message } of faults.flatMap(({ all }) => all)) together.add(field, rule, message);
  together.throwIfAny();
}
