import { createClient } from '@connectrpc/connect';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { createKeyedEffects } from '@mainstay/idempotency';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { newTrace, runInContext } from '@mainstay/kernel/context';
import { createInProcessTransport, createInternalIdentity } from '@mainstay/rpc';
import { keyedBinding } from '@mainstay/service';
import { expect, test } from 'vitest';
import { productsBinding } from '../src/rpc/binding.ts';
import { openTestShop } from './shop.ts';

test('a change of stock by 5 under one key, sent 10 times at once, changes it by 5; without a key it is refused', async () => {
  await using shop = await openTestShop();
  const { id } = await shop.asAdmin(() => shop.addProduct(3));
  const effects = createKeyedEffects({ database: shop.database });
  const products = createClient(
    ProductsService,
    createInProcessTransport({
      bindings: () => [keyedBinding(productsBinding(shop.deps), { effects })],
      identity: createInternalIdentity({ key: new Uint8Array(32).fill(7), service: 'gateway' }),
      logger: silentLogger,
      meter: silentMeter,
      maxAttempts: 20,
    }),
  );
  const as = <T>(idempotencyKey: string | undefined, run: () => Promise<T>): Promise<T> =>
    runInContext(
      {
        trace: newTrace(),
        identity: { kind: 'user', userId: 'ada', roles: ['admin'] },
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      },
      run,
    );
  const onHand = async () => (await products.getProduct({ id })).product?.stockQuantity ?? 0;
  const change = { id, delta: 5, reason: 'count' };
  await Promise.allSettled(Array.from({ length: 10 }, () => as('count-of-monday', () => products.adjustStock(change))));
  expect(await onHand()).toBe(8);
  await as('count-of-tuesday', () => products.adjustStock(change));
  expect(await onHand()).toBe(13);
  await expect(as(undefined, () => products.adjustStock(change))).rejects.toThrow('key');
});
