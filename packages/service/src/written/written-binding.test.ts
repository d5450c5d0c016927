import { create } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import { GetProductRequestSchema, ProductsService } from '@mainstay/contracts/products/v1/products';
import { anonymousIdentity, currentContext, newTrace, runInContext } from '@mainstay/kernel/context';
import { bindService } from '@mainstay/rpc';
import { expect, test } from 'vitest';
import { writtenBinding, writtenName } from './written-binding.ts';

/** Calls a method that writes up to a position, or reads only; gives what it knew of before, and the token in its answer. */
async function call(
  position: bigint | undefined,
  baggage: Readonly<Record<string, string>> = {},
): Promise<readonly [known: bigint | undefined, token: string | null]> {
  let known: bigint | undefined;
  const plain = bindService(ProductsService, {
    getProduct() {
      const written = currentContext()?.written;
      known = written?.of('products');
      if (position !== undefined) written?.raise('products', position);
      return {};
    },
  } as unknown as Parameters<typeof bindService<typeof ProductsService>>[1]);
  const spec = writtenBinding(plain).methods.get(ProductsService.method.getProduct)!;
  const responseHeader = new Headers();
  const impl = spec.impl as unknown as (message: unknown, context: Partial<HandlerContext>) => Promise<unknown>;
  await runInContext({ trace: newTrace(), identity: anonymousIdentity, baggage }, () =>
    impl(create(GetProductRequestSchema), { responseHeader }),
  );
  return [known, responseHeader.get(writtenName)];
}

test('a call that writes says so in its answer, and one that is given that token knows of it and hands it on', async () => {
  const [, token] = await call(255n);
  expect(token).toBe('products.ff');
  expect(await call(undefined, { [writtenName]: token! })).toEqual([255n, token]);
  expect(await call(256n, { [writtenName]: token! })).toEqual([255n, 'products.100']);
});

test('a call that writes nothing and is given nothing, or nothing readable, says nothing', async () => {
  expect(await call(undefined)).toEqual([undefined, null]);
  expect(await call(undefined, { [writtenName]: 'what?' })).toEqual([undefined, null]);
});
