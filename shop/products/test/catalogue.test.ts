import { create } from '@bufbuild/protobuf';
import {
  AdjustStockRequestSchema,
  CreateProductRequestSchema,
  GetProductRequestSchema,
  ListProductsRequestSchema,
  UpdateProductRequestSchema,
} from '@mainstay/contracts/products/v1/products';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoProducts, seedCatalogue } from '../src/demo/seed-catalogue.ts';
import { adjustStock } from '../src/rpc/adjust-stock.ts';
import { createProduct } from '../src/rpc/create-product.ts';
import { getProduct } from '../src/rpc/get-product.ts';
import { listCategories } from '../src/rpc/list-categories.ts';
import { listProducts } from '../src/rpc/list-products.ts';
import { updateProduct } from '../src/rpc/update-product.ts';
import { openTestShop, type TestShop } from './shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
  await seedCatalogue(shop.database);
});
afterAll(() => shop[Symbol.asyncDispose]());

const list = (search: { query?: string; category?: string; pageSize?: number; pageToken?: string }) =>
  listProducts(shop.deps, create(ListProductsRequestSchema, search));

async function listAll(search: { query?: string; category?: string; pageSize: number }): Promise<string[]> {
  const ids: string[] = [];
  let pageToken = '';
  do {
    const page = await list({ ...search, pageToken });
    ids.push(...page.products.map((product) => product.id));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return ids;
}

test('the demo catalogue has at least 200 products in 8 categories and is added once by 2 instances at once', async () => {
  expect(demoProducts().length).toBeGreaterThanOrEqual(200);

  expect(await Promise.all([seedCatalogue(shop.database), seedCatalogue(shop.database)])).toEqual([0, 0]);

  const { categories } = await listCategories(shop.deps);
  expect(categories.filter(({ productCount }) => productCount === 27)).toHaveLength(8);
});

test.each([['E2E-12345678'], ['E2E-9e123456'], ['E2E-12e4abcd'], ['E2E-0123abcd'], ['A-12.5']])(
  'a product is found by its number %s, by the last part of it, and by the beginning of that',
  async (sku) => {
    const { id } = await shop.addProduct(1, { sku, name: 'Numbered thing' });
    const last = sku.split('-')[1] as string;

    for (const query of [sku, `numbered ${last}`, last.slice(0, 3)])
      expect((await list({ query, pageSize: 100 })).products.map((product) => product.id)).toContain(id);
  },
);

test('pages of 7 show every product of a category once, newest first', async () => {
  const ids = await listAll({ category: 'coffee', pageSize: 7 });

  expect(ids).toHaveLength(27);
  expect(new Set(ids).size).toBe(27);
  expect(ids).toEqual([...ids].sort().reverse());
});

test('pages of a search show every match once, the best first', async () => {
  const ids = await listAll({ query: 'coffee', pageSize: 4 });

  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual((await list({ query: 'coffee', pageSize: 100 })).products.map((product) => product.id));
});

test('words are found by their beginning, in any form, in name and description, and all of them must match', async () => {
  const names = async (query: string) => (await list({ query, pageSize: 100 })).products.map(({ name }) => name);

  expect(await names('headpho')).toContain('Over-Ear Headphones, Black');
  expect(await names('HEADPHONE pads')).toContain('Over-Ear Headphones, Sand');
  expect(await names('headphone zebra')).toEqual([]);
});

test.each(["'; drop table products; --", '& | ! ( ) :*', 'a:*|b', '   ', '\\', '%', "x' or '1'='1"])(
  'the search %j is words, not syntax',
  async (query) => {
    await expect(list({ query })).resolves.toBeDefined();
    expect((await list({ query: 'headphones' })).products.length).toBeGreaterThan(0);
  },
);

test('a page token of another search, or a damaged one, is refused with its field', async () => {
  const { nextPageToken } = await list({ category: 'coffee', pageSize: 1 });

  for (const [category, pageToken] of [
    ['books', nextPageToken],
    ['coffee', `${nextPageToken.slice(0, -4)}AAAA`],
    ['coffee', 'nonsense'],
  ] as const) {
    await expect(list({ category, pageToken })).rejects.toMatchObject({
      reason: 'PAGE_TOKEN_INVALID',
      violations: [{ field: 'page_token' }],
    });
  }
});

test('a product off sale is gone for customers and still there for administrators', async () => {
  const { id, name } = await shop.addProduct(1, { name: 'Xylophone' });
  await updateProduct(shop.deps, create(UpdateProductRequestSchema, { id, active: false }));
  const get = () => getProduct(shop.deps, create(GetProductRequestSchema, { id }));

  await expect(get()).rejects.toMatchObject({ reason: 'PRODUCT_NOT_FOUND' });
  expect((await list({ query: 'xylophone' })).products).toEqual([]);
  expect((await shop.asAdmin(get)).product).toMatchObject({ name, active: false });
  expect((await shop.asAdmin(() => list({ query: 'xylophone' }))).products).toHaveLength(1);
});

test('an update changes the fields of its mask and no others', async () => {
  const { id } = await shop.addProduct(1);

  const { product } = await updateProduct(
    shop.deps,
    create(UpdateProductRequestSchema, {
      id,
      name: 'New name',
      weightGrams: 5,
      price: { currencyCode: 'USD', minorUnits: 1n },
      updateMask: { paths: ['name', 'price'] },
    }),
  );

  expect(product).toMatchObject({ name: 'New name', weightGrams: 0, price: { minorUnits: 1n } });
});

test('a sku is taken whatever its case', async () => {
  await shop.addProduct(1, { sku: 'Same-Sku' });
  const request = create(CreateProductRequestSchema, {
    name: 'Other',
    sku: 'SAME-SKU',
    category: 'things',
    price: { currencyCode: 'USD', minorUnits: 1n },
  });

  await expect(createProduct(shop.deps, request)).rejects.toMatchObject({ reason: 'SKU_TAKEN' });
});

test('stock is adjusted up and down, 30 changes at once, and never below 0', async () => {
  const { id } = await shop.addProduct(10);
  const adjust = (delta: number) =>
    adjustStock(shop.deps, create(AdjustStockRequestSchema, { id, delta, reason: 'count' }));

  await Promise.all(Array.from({ length: 30 }, (_, i) => adjust(i % 2 === 0 ? 2 : -1)));
  const { product } = await getProduct(shop.deps, create(GetProductRequestSchema, { id }));

  expect(product!.stockQuantity).toBe(10 + 15 * 2 - 15);
  await expect(adjust(-26)).rejects.toMatchObject({
    reason: 'STOCK_OUT_OF_RANGE',
    metadata: { stock_quantity: '25', reserved_quantity: '0' },
  });
});
