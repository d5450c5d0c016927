import { create } from '@bufbuild/protobuf';
import {
  BatchCreateProductsRequestSchema,
  type BatchCreateProductsResponse,
  CreateProductRequestSchema,
} from '@mainstay/contracts/products/v1/products';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { batchCreateProducts } from '../src/rpc/batch-create-products.ts';
import { openTestShop, type TestShop } from './shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const wanted = (sku: string, name = `Product ${sku}`) =>
  create(CreateProductRequestSchema, {
    name,
    sku,
    category: 'things',
    price: { currencyCode: 'USD', minorUnits: 500n },
    stockQuantity: 3,
  });

const add = (requests: ReturnType<typeof wanted>[], partial: boolean): Promise<BatchCreateProductsResponse> =>
  batchCreateProducts(shop.deps, create(BatchCreateProductsRequestSchema, { requests, partial }));

const outcomes = ({ results }: BatchCreateProductsResponse): string[] =>
  results.map(({ outcome }) =>
    outcome.case === 'product'
      ? `${outcome.value.sku} with ${outcome.value.availableQuantity}`
      : `${outcome.value?.reason} ${outcome.value?.violations.map(({ field, rule }) => `${field} ${rule}`).join()}`,
  );

async function stored(prefix: string): Promise<string[]> {
  const { rows } = await shop.database.query<{ sku: string }>(
    'select sku from products where sku like $1 order by sku',
    [`${prefix}%`],
  );
  return rows.map(({ sku }) => sku);
}

test('a partial batch of 6 with 4 bad ones adds 2 and names every other one with its own reason', async () => {
  await shop.addProduct(1, { sku: 'P-TAKEN' });

  const answer = await add(
    [wanted('P-1'), wanted('P-2', ''), wanted('p-taken'), wanted('P-3'), wanted('P-4'), wanted('p-4')],
    true,
  );

  expect(outcomes(answer)).toEqual([
    'P-1 with 3',
    'REQUEST_INVALID requests[1].name string.min_len',
    'SKU_TAKEN requests[2].sku sku.taken',
    'P-3 with 3',
    'REQUEST_INVALID requests[4].sku sku.repeated',
    'REQUEST_INVALID requests[5].sku sku.repeated',
  ]);
  expect(answer).toMatchObject({ createdCount: 2, failedCount: 4 });
  expect(await stored('P-')).toEqual(['P-1', 'P-3', 'P-TAKEN']);
});

test('a partial batch of which all 2 are bad is an answer with 2 errors and adds nothing', async () => {
  const answer = await add([wanted('Q-1', ''), wanted('Q 2')], true);

  expect(outcomes(answer)).toEqual([
    'REQUEST_INVALID requests[0].name string.min_len',
    'REQUEST_INVALID requests[1].sku string.pattern',
  ]);
  expect(await stored('Q')).toEqual([]);
});

test('a whole batch with 2 bad ones is refused with the violations of both, and adds nothing', async () => {
  await expect(add([wanted('W-1'), wanted('W-2', ''), wanted('W 3')], false)).rejects.toMatchObject({
    reason: 'REQUEST_INVALID',
    violations: [{ field: 'requests[1].name' }, { field: 'requests[2].sku' }],
  });
  expect(await stored('W')).toEqual([]);
});

test('a whole batch with 2 taken skus is refused with both, and adds nothing', async () => {
  await shop.addProduct(1, { sku: 'T-1' });
  await shop.addProduct(1, { sku: 'T-2' });

  await expect(add([wanted('T-3'), wanted('t-1'), wanted('T-2')], false)).rejects.toMatchObject({
    reason: 'SKU_TAKEN',
    violations: [
      { field: 'requests[1].sku', rule: 'sku.taken' },
      { field: 'requests[2].sku', rule: 'sku.taken' },
    ],
  });
  expect(await stored('T-')).toEqual(['T-1', 'T-2']);
});

test('a whole batch of 100 is added in its order', async () => {
  const skus = Array.from({ length: 100 }, (_, i) => `H-${i}`);

  const answer = await add(
    skus.map((sku) => wanted(sku)),
    false,
  );

  expect(outcomes(answer)).toEqual(skus.map((sku) => `${sku} with 3`));
  expect(answer).toMatchObject({ createdCount: 100, failedCount: 0 });
});

test('2 partial batches of the same 20 skus at once add each once', async () => {
  const batch = () => Array.from({ length: 20 }, (_, i) => wanted(`R-${String(i).padStart(2, '0')}`));

  const answers = await Promise.all([add(batch(), true), add(batch().reverse(), true)]);

  expect(answers[0].createdCount + answers[1].createdCount).toBe(20);
  expect(await stored('R-')).toHaveLength(20);
});
