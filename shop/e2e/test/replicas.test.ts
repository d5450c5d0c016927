import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '@mainstay/postgres';
import { startReplication, type TestReplication } from '@mainstay/postgres/testing';
import { freePort } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createApi } from './support/api.ts';
import { addProduct, signInAdmin } from './support/customer.ts';
import { until } from './support/processes.ts';

const entries = {
  registry: '../../../platform/registry/src/main.ts',
  users: '../../users/src/main.ts',
  products: '../../products/src/main.ts',
  gateway: '../../../platform/gateway/src/main.ts',
};

/** Address of a new database on the primary, or of the one of that name on another server. */
const databaseAt = (url: string, name: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;

/** The catalogue over a primary and a replica: registry, users, products and gateway. @returns where the gateway answers. */
async function startCatalogue({ primary, standbys }: TestReplication, parts: AsyncDisposableStack): Promise<string> {
  await using admin = await openDatabase({ url: primary.url, name: 'setup' });
  for (const name of ['users', 'products', 'bus']) await admin.query(`CREATE DATABASE ${name}`);
  const [grpcPort, httpPort] = [await freePort(), await freePort()];
  const shared = {
    PATH: process.env.PATH ?? '',
    MAINSTAY_MODE: 'local',
    MAINSTAY_LOG_LEVEL: 'warn',
    MAINSTAY_INTERNAL_KEY: 'cd'.repeat(32),
    MAINSTAY_REGISTRY_ADDRESS: `127.0.0.1:${grpcPort}`,
    MAINSTAY_BUS_URL: databaseAt(primary.url, 'bus'),
  };
  const start = async (entry: keyof typeof entries, env: Readonly<Record<string, string>>): Promise<string> => {
    const options = { execArgv: [], env: { ...shared, ...env } };
    const child: ChildProcess = fork(fileURLToPath(new URL(entries[entry], import.meta.url)), options);
    parts.defer(async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    });
    const [told] = (await once(child, 'message')) as [{ readonly address?: string; readonly message?: string }];
    if (told.message !== undefined) throw new Error(told.message);
    return told.address ?? '';
  };
  await start('registry', { MAINSTAY_GRPC_PORT: String(grpcPort), REGISTRY_HTTP_PORT: String(httpPort) });
  await start('users', { USERS_DATABASE_URL: databaseAt(primary.url, 'users') });
  await start('products', {
    PRODUCTS_DATABASE_URL: databaseAt(primary.url, 'products'),
    PRODUCTS_DATABASE_REPLICA_URLS: databaseAt(standbys[0]!.url, 'products'),
    PRODUCTS_DATABASE_REPLICA_MAX_LAG_MS: '60000',
  });
  return await start('gateway', { GATEWAY_SERVER_PORT: '0', GATEWAY_HEADERS_WRITTEN_TOKENS: 'true' });
}

test('a client that brings back its X-Written-Up-To finds what it wrote, while the replica stands still for everybody else', async () => {
  await using parts = new AsyncDisposableStack();
  const replication = parts.use(await startReplication());
  const api = createApi(await startCatalogue(replication, parts));
  const admin = await signInAdmin(api);
  const search = async (sku: string, headers: Readonly<Record<string, string>> = {}): Promise<readonly string[]> => {
    const { body } = await api.call<{ products: { sku: string }[] }>('GET', `/v1/products?query=${sku}`, { headers });
    return body.products.map((found) => found.sku);
  };
  const before = await addProduct(admin, 1);
  await until('the replica', () => search(before.sku), { holds: (found) => found.length === 1, withinMs: 30_000 });
  await replication.standbys[0]!.pauseReplay();

  const { body, headers } = await api.call<{ sku: string }>('POST', '/v1/products', {
    token: admin.token,
    body: {
      name: 'Lamp',
      sku: 'LAMP-1',
      category: 'light',
      price: { currency_code: 'USD', minor_units: '100' },
      stock_quantity: 1,
    },
  });
  const token = headers.get('x-written-up-to') ?? '';

  expect(token).toMatch(/^products\./);
  expect(await search(body.sku)).toEqual([]);
  expect(await search(body.sku, { 'x-written-up-to': token })).toEqual(['LAMP-1']);
  expect(await search(body.sku, { 'x-written-up-to': 'products.nonsense' })).toEqual([]);

  await replication.standbys[0]!.resumeReplay();
  await until('the replica', () => search(body.sku), { holds: (found) => found.length === 1, withinMs: 30_000 });
});
