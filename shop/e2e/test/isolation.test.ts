import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '@mainstay/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, createApi } from './support/api.ts';
import { addProduct, type Product, signIn, signInAdmin } from './support/customer.ts';
import { type Fleet, startShop } from './support/fleet.ts';

const services = ['users', 'products', 'orders', 'payments'];
let fleet: Fleet;
let api: Api;
let product: Product;

beforeAll(async () => {
  fleet = await startShop();
  api = createApi(fleet.gatewayUrl);
  product = await addProduct(await signInAdmin(api), 100);
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

test("the role of one service cannot connect to another's database, nor to the server's own", async () => {
  for (const role of services) {
    for (const target of [...services.filter((name) => name !== role), 'postgres', 'template1']) {
      const url = new URL(await fleet.databaseUrl(role));
      url.pathname = `/${target}`;
      const attempt = async () => {
        await using database = await openDatabase({ url: url.href, name: 'intruder', maxConnections: 1 });
        await database.query('select 1');
      };
      await expect(attempt(), `${role} to ${target}`).rejects.toThrow(/refused access \(42501\)/);
    }
  }
});

test('no password, token or card number is in any log or table after orders, refusals and mistakes', async () => {
  const password = 'a password to look for';
  const email = `${crypto.randomUUID()}@leak.test`;
  await api.call('POST', '/v1/users', { body: { email, password, first_name: 'L', last_name: 'K' } });
  const person = await signIn(api, email, password);
  for (const token of ['tok_visa', 'tok_declined', 'tok_fraud', 'tok_flaky', 'tok_timeout']) {
    const placed = await person.order(product.id, 1, { token });
    await person.settled((placed.body.order_id ?? placed.body.id)!);
  }
  await person.post('/v1/payment-methods', { token: 'tok_visa' });
  // Mistakes on purpose: a secret in the wrong place must not be echoed into a log either.
  await api.call('POST', '/v1/sessions', { body: { email: password, password: email } });
  await api.call('POST', '/v1/users', { body: { email: 'x', password, first_name: '', last_name: '' } });
  await person.order(product.id, -1, { token: '4242424242424242' });
  await api.call('GET', `/v1/orders?token=${person.token}`, { token: person.token });

  const secrets = [password, person.token, 'tok_visa', 'tok_declined', 'tok_flaky', 'tok_timeout', '4242424242424242'];
  const leaks: string[] = [];
  for (const file of await readdir(join(fleet.dataDir, 'logs'))) {
    const text = await readFile(join(fleet.dataDir, 'logs', file), 'utf8');
    for (const secret of secrets) if (text.includes(secret)) leaks.push(`${file}: ${secret}`);
  }
  for (const service of services) {
    await using database = await openDatabase({
      url: await fleet.databaseUrl(service),
      name: 'leaks',
      maxConnections: 1,
    });
    const { rows: tables } = await database.query<{ name: string }>(
      `select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`,
    );
    for (const { name } of tables) {
      for (const secret of secrets) {
        const { rows } = await database.query(`select 1 from ${name} t where position($1 in t::text) > 0 limit 1`, [
          secret,
        ]);
        if (rows.length > 0) leaks.push(`${service}.${name}: ${secret}`);
      }
    }
  }
  expect(leaks).toEqual([]);
});
