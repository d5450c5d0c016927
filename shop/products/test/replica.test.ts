import { create } from '@bufbuild/protobuf';
import { CreateProductRequestSchema, ListProductsRequestSchema } from '@mainstay/contracts/products/v1/products';
import { idempotencyMigrations } from '@mainstay/idempotency';
import { systemClock } from '@mainstay/kernel';
import { openDatabase, readYourWrites, runMigrations } from '@mainstay/postgres';
import { startReplication } from '@mainstay/postgres/testing';
import { expect, test } from 'vitest';
import { createProduct } from '../src/rpc/create-product.ts';
import type { ProductsDependencies } from '../src/rpc/dependencies.ts';
import { getProduct } from '../src/rpc/get-product.ts';
import { listCategories } from '../src/rpc/list-categories.ts';
import { listProducts } from '../src/rpc/list-products.ts';

test('the catalogue is read on a replica, a product on the primary, and who just wrote sees it in both', async () => {
  await using replication = await startReplication();
  const { primary, standbys } = replication;
  const url = primary.url;
  await runMigrations({ url, directory: [idempotencyMigrations, new URL('../migrations/', import.meta.url)] });
  const replicas = { urls: [standbys[0]!.url], checkIntervalMs: 20, maxLagMs: 60_000 };
  await using database = await openDatabase({ url, name: 'products', replicas });
  const deps: ProductsDependencies = { database, clock: systemClock, holdMs: 900_000 };
  const listed = async (): Promise<readonly string[]> => {
    const { products } = await listProducts(deps, create(ListProductsRequestSchema));
    return products.map(({ name }) => name);
  };
  const isStandby = async (): Promise<unknown> =>
    (await database.reads.query('SELECT pg_is_in_recovery() AS yes')).rows[0]?.['yes'];
  while ((await isStandby()) !== true);
  await standbys[0]!.pauseReplay();

  const product = await readYourWrites({}, async () => {
    const price = { currencyCode: 'USD', minorUnits: 100n };
    const fields = { name: 'Lamp', sku: 'LAMP', category: 'light', price, stockQuantity: 1 };
    const { product: made } = await createProduct(deps, create(CreateProductRequestSchema, fields));
    expect(await listed()).toEqual(['Lamp']);
    return made!;
  });
  expect(await listed()).toEqual([]);
  expect((await listCategories(deps)).categories).toEqual([]);
  expect((await getProduct(deps, { $typeName: 'products.v1.GetProductRequest', id: product.id })).product?.name).toBe(
    'Lamp',
  );

  await standbys[0]!.resumeReplay();
  while ((await listed()).length === 0);
  expect(await isStandby()).toBe(true);
});
