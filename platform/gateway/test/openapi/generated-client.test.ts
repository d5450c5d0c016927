import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { OrderStatus } from '@mainstay/contracts/orders/v1/orders';
import openapiTS, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../harness.ts';
import { failWith } from '../transcoding/failures.ts';

// What a stranger does with `openapi.json`: generates types, writes a program against them, compiles it and runs it.

const run = promisify(execFile);
const modules = fileURLToPath(new URL('../../../../node_modules', import.meta.url));

const program = `
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.ts';

const [baseUrl = '', token = ''] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { 'x-api-key': 'demo-enterprise' } });

const product = await client.GET('/v1/products/{id}', { params: { path: { id: 'p-1' } } });
const name: string | undefined = product.data?.name;
const page = await client.GET('/v1/products', { params: { query: { page_size: 2, query: 'two words' } } });
const ids = page.data?.products?.map(({ id }) => id);

const address: components['schemas']['mainstay.common.v1.Address'] = {
  street: '1 Main Street', city: 'London', state: 'LN', zip_code: 'N1', country: 'GB',
};
const order = await client.POST('/v1/orders', {
  params: { header: { 'Idempotency-Key': 'k-1' } },
  headers: { authorization: \`Bearer \${token}\` },
  body: { items: [{ product_id: 'p-1', quantity: 2 }], shipping_address: address, payment_method: { token: 'tok_1' } },
});
const status: 'ORDER_STATUS_CONFIRMED' | undefined = order.data?.status === 'ORDER_STATUS_CONFIRMED' ? order.data.status : undefined;

const missing = await client.GET('/v1/products/{id}', { params: { path: { id: 'fail-not_found' } } });
const problem: components['schemas']['Problem'] | undefined = missing.error;

// @ts-expect-error the path needs its parameter
const withoutId = (): unknown => client.GET('/v1/products/{id}', {});
// @ts-expect-error there is no such path
const elsewhere = (): unknown => client.GET('/v1/nothing', {});
// @ts-expect-error an order has no such field
const wrongField = (): unknown => order.data?.statuss;
void [withoutId, elsewhere, wrongField];

console.log(JSON.stringify({ name, ids, order: order.response.status, status, reason: problem?.reason, code: problem?.status }));
`;

let lab: TestGateway;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mainstay-client-'));
  await symlink(modules, join(folder, 'node_modules'));
  lab = await startTestGateway({
    products: {
      getProduct: ({ id }) => {
        failWith({ text: id });
        return { product: { id, name: `Product ${id}` } };
      },
      listProducts: ({ pageSize, query }) => ({
        products: Array.from({ length: pageSize }, (_, i) => ({ id: `${query} ${i}` })),
      }),
    },
    orders: { createOrder: () => ({ order: { id: 'o-1', status: OrderStatus.CONFIRMED } }) },
  });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

it('a client generated from openapi.json compiles under strict rules, refuses three mistakes, and calls the running gateway', async () => {
  const document = await (await fetch(`${lab.url}/openapi.json`)).text();
  await writeFile(join(folder, 'schema.ts'), astToString(await openapiTS(document)));
  await writeFile(join(folder, 'program.ts'), program);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const compilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    module: 'nodenext',
    target: 'es2023',
    allowImportingTsExtensions: true,
    types: ['node'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));

  const compiled = await run(process.execPath, [join(modules, '@typescript/native/bin/tsc'), '-p', folder]).catch(
    (error: { stdout: string }) => error,
  );
  expect(compiled.stdout).toBe('');
  const args = [join(folder, 'program.ts'), lab.url, await lab.tokens.sign()];
  const { stdout } = await run(process.execPath, args, { cwd: folder });

  expect(JSON.parse(stdout)).toEqual({
    name: 'Product p-1',
    ids: ['two words 0', 'two words 1'],
    order: 201,
    status: 'ORDER_STATUS_CONFIRMED',
    reason: 'LAB_FAILED',
    code: 404,
  });
}, 60_000);
