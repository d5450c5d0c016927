import type { Client } from '@connectrpc/connect';
import type { Product, ProductsService } from '@mainstay/contracts/products/v1/products';
import type { Clock } from '@mainstay/kernel';
import { createStaleCache, type Degradation, type PolicyListener } from '@mainstay/resilience';

/** Products to show, and how far they can be believed. */
export interface ProductsToShow {
  readonly products: readonly Product[];
  /** That some of them stand in for an answer that products did not give; undefined when all are fresh. */
  readonly degraded: Degradation | undefined;
  /** Age of the oldest one in milliseconds. */
  readonly ageMs: number;
}

/** Products as they were last seen, for showing them: never for charging anybody. */
export interface KnownProducts {
  /**
   * Asks for products; what was known of each stands in when nobody answers.
   *
   * @throws {@link PlatformError} what the call threw, when one of them is not known.
   */
  read(ids: readonly string[]): Promise<ProductsToShow>;
}

/** Products remembered at most. */
const maxProducts = 10_000;
/** Somebody looks at a page meanwhile: after this the prices of before are the better answer. */
const waitMs = 1_000;

/** Makes the memory; one of `maxAgeMs` 0 remembers nothing. */
export function createKnownProducts(options: {
  readonly client: Client<typeof ProductsService>;
  readonly maxAgeMs: number;
  readonly clock: Clock;
  readonly onEvent?: PolicyListener;
}): KnownProducts {
  const { client, maxAgeMs, clock, onEvent } = options;
  const ask = async (ids: readonly string[]): Promise<ReadonlyMap<string, Product>> => {
    const { products } = await client.batchGetProducts({ ids: [...ids] }, { timeoutMs: waitMs });
    return new Map(products.map((product) => [product.id, product]));
  };
  if (maxAgeMs === 0) {
    return { read: async (ids) => ({ products: [...(await ask(ids)).values()], degraded: undefined, ageMs: 0 }) };
  }
  const known = createStaleCache({
    name: 'prices',
    maxAgeMs,
    maxEntries: maxProducts,
    clock,
    ...(onEvent !== undefined && { onEvent }),
  });
  return {
    async read(ids) {
      const asked = ask(ids);
      let degraded: Degradation | undefined;
      let ageMs = 0;
      const onDegraded = (one: Degradation): void => {
        degraded = one;
        ageMs = Math.max(ageMs, one.ageMs ?? 0);
      };
      const found = await Promise.all(
        ids.map((id) => known.execute(async () => (await asked).get(id), { cacheKey: id, onDegraded })),
      );
      return { products: found.filter((product) => product !== undefined), degraded, ageMs };
    },
  };
}
