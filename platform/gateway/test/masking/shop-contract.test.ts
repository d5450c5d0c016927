import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../harness.ts';
import { userId } from '../token-issuer.ts';

let lab: TestGateway;

const address = { street: '1 Hill Road', city: 'Lyon', zipCode: '69001', country: 'FR' };
const user = { id: userId, email: 'jane@example.com', firstName: 'Jane', address };
const session = { accessToken: 'signed', refreshToken: 'opaque', user };
const orders = [
  { id: 'o-1', userId, shippingAddress: address },
  { id: 'o-2', userId: 'somebody else', shippingAddress: address },
];

beforeAll(async () => {
  lab = await startTestGateway({
    users: { createUser: () => ({ user }), createSession: () => session, getUser: () => ({ user }) },
    orders: { listOrders: () => ({ orders }) },
  });
});
afterAll(() => lab[Symbol.asyncDispose]());

it('a new account and a new session are shown in full to the one who asked, who is not signed in yet', async () => {
  const body = { email: 'jane@example.com', password: 'correct horse', first_name: 'Jane', last_name: 'Doe' };
  const account = await lab.send('POST', '/v1/users', { body });
  const signedIn = await lab.send('POST', '/v1/sessions', { body: { email: body.email, password: body.password } });

  expect(account.json).toMatchObject({ email: 'jane@example.com', address: { street: '1 Hill Road' } });
  expect(signedIn.json).toMatchObject({
    access_token: 'signed',
    refresh_token: 'opaque',
    user: { email: 'jane@example.com' },
  });
});

it('an account is shown in full to its user, to support and to administrators', async () => {
  const masked = { email: 'j***@e***.com', first_name: '***', address: { street: '***', city: '***', country: 'FR' } };
  const full = { email: 'jane@example.com', first_name: 'Jane', address: { street: '1 Hill Road', city: 'Lyon' } };
  const ask = async (subject: string, ...roles: string[]): Promise<unknown> =>
    (await lab.send('GET', '/v1/users/x', { token: await lab.tokens.sign({ subject, roles }) })).json;

  expect(await ask(userId, 'customer')).toMatchObject(full);
  expect(await ask('other', 'support')).toMatchObject(full);
  expect(await ask('other', 'admin')).toMatchObject(full);
  expect(await ask('other', 'customer')).toMatchObject(masked);
});

it('in a list of orders each address is shown by whose order it is', async () => {
  const { json } = await lab.send('GET', '/v1/orders', { token: await lab.tokens.sign() });
  const streets = json.orders.map((order: { shipping_address: { street: string } }) => order.shipping_address.street);

  expect(streets).toEqual(['1 Hill Road', '***']);
});
