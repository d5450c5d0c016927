import { create } from '@bufbuild/protobuf';
import { CreateProductRequestSchema, type Product } from '@mainstay/contracts/products/v1/products';
import { idempotencyMigrations } from '@mainstay/idempotency';
import { type Identity, newTrace, runInContext } from '@mainstay/kernel/context';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { FakeClock } from '@mainstay/testing';
import { createProduct } from '../src/rpc/create-product.ts';
import type { ProductsDependencies } from '../src/rpc/dependencies.ts';

const admin: Identity = { kind: 'user', userId: '0192f3c1-2b7e-7c3a-9d5e-000000000001', roles: ['admin'] };

/** The service's parts on a database of its own, with a clock that stands still at the real time of start. */
export interface TestShop extends AsyncDisposable {
  readonly deps: ProductsDependencies;
  readonly clock: FakeClock;
  readonly database: TestDatabase['database'];
  addProduct(stock: number, fields?: { name?: string; sku?: string; category?: string }): Promise<Product>;
  asAdmin<T>(run: () => T): T;
}

let made = 0;

export async function openTestShop(): Promise<TestShop> {
  const db = await testDatabase({ migrations: [idempotencyMigrations, new URL('../migrations/', import.meta.url)] });
  const clock = new FakeClock(Date.now());
  const deps: ProductsDependencies = { database: db.database, clock, holdMs: 900_000 };
  return {
    deps,
    clock,
    database: db.database,
    async addProduct(stock, fields = {}) {
      made += 1;
      const request = create(CreateProductRequestSchema, {
        name: fields.name ?? `Product ${made}`,
        sku: fields.sku ?? `SKU-${made}`,
        category: fields.category ?? 'things',
        price: { currencyCode: 'USD', minorUnits: 1_999n },
        stockQuantity: stock,
      });
      return (await createProduct(deps, request)).product!;
    },
    asAdmin: (run) => runInContext({ trace: newTrace(), identity: admin }, run),
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]();
    },
  };
}
