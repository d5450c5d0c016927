import { create } from '@bufbuild/protobuf';
import {
  CreateUserRequestSchema,
  GetUserRequestSchema,
  UpdateUserRequestSchema,
  ValidateUserRequestSchema,
} from '@mainstay/contracts/users/v1/users';
import { uuidv7 } from '@mainstay/kernel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDemoAccounts, wantsDemoAccounts } from '../src/demo/demo-accounts.ts';
import { createUser } from '../src/rpc/create-user.ts';
import { getUser } from '../src/rpc/get-user.ts';
import { updateUser } from '../src/rpc/update-user.ts';
import { validateUser } from '../src/rpc/validate-user.ts';
import { openTestAccounts, type TestAccounts } from './accounts.ts';

let accounts: TestAccounts;
beforeAll(async () => {
  accounts = await openTestAccounts();
});
afterAll(() => accounts[Symbol.asyncDispose]());

const get = (id: string) => getUser(accounts.deps, create(GetUserRequestSchema, { id }));

test('of 20 registrations at once of one address in several spellings 1 succeeds', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => accounts.register(i % 2 === 0 ? 'Same@Shop.test' : 'same@shop.TEST')),
  );

  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(refused).toHaveLength(19);
  expect(new Set(refused.map((error) => error.reason))).toEqual(new Set(['EMAIL_TAKEN']));
});

test('a bad password is refused with all its reasons at once and nothing is stored', async () => {
  const request = create(CreateUserRequestSchema, {
    email: 'aaaa@shop.test',
    password: 'aaaa',
    firstName: 'A',
    lastName: 'B',
  });

  await expect(createUser(accounts.deps, request)).rejects.toMatchObject({
    reason: 'PASSWORD_REJECTED',
    violations: [
      { field: 'password', rule: 'password.too_short' },
      { field: 'password', rule: 'password.too_repetitive' },
      { field: 'password', rule: 'password.contains_email' },
    ],
  });
  await expect(accounts.register('aaaa@shop.test')).resolves.toBeDefined();
});

test("users see themselves as `me` and by id, others' accounts do not exist for them, administrators see all", async () => {
  const [one, other] = [await accounts.register('one@shop.test'), await accounts.register('other@shop.test')];

  expect((await accounts.as({ userId: one.id }, () => get('me'))).user!.email).toBe('one@shop.test');
  expect((await accounts.as({ userId: one.id }, () => get(one.id))).user!.id).toBe(one.id);
  for (const hidden of [other.id, uuidv7(), 'no-id', "' or 1=1 --"]) {
    await expect(accounts.as({ userId: one.id }, () => get(hidden))).rejects.toMatchObject({
      reason: 'USER_NOT_FOUND',
    });
  }
  expect((await accounts.as({ userId: one.id, roles: ['admin'] }, () => get(other.id))).user!.id).toBe(other.id);
});

test('a profile change keeps what it does not name and clears an address that its mask names', async () => {
  const { id } = await accounts.register('moves@shop.test');
  const update = (fields: object) =>
    accounts.as({ userId: id }, () =>
      updateUser(accounts.deps, create(UpdateUserRequestSchema, { id: 'me', ...fields })),
    );
  const address = { street: '1 Main St', city: 'Springfield', state: 'IL', zipCode: '62701', country: 'US' };

  const moved = await update({ address });
  expect(moved.user).toMatchObject({ email: 'moves@shop.test', firstName: 'Test', address });

  const renamed = await update({ firstName: 'New', email: 'Moved@Shop.test' });
  expect(renamed.user).toMatchObject({ email: 'moved@shop.test', firstName: 'New', address });

  const cleared = await update({ updateMask: { paths: ['address'] } });
  expect(cleared.user!.address).toBeUndefined();
});

test("an address that somebody else has is refused on change, and one's own is not", async () => {
  await accounts.register('first@shop.test');
  const { id } = await accounts.register('second@shop.test');
  const rename = (email: string) =>
    accounts.as({ userId: id }, () => updateUser(accounts.deps, create(UpdateUserRequestSchema, { id: 'me', email })));

  await expect(rename('FIRST@shop.test')).rejects.toMatchObject({ reason: 'EMAIL_TAKEN' });
  await expect(rename('second@shop.test')).resolves.toBeDefined();
});

test.each([
  ['UNKNOWN', uuidv7()],
  ['UNKNOWN', 'not-an-id'],
])('validating an unknown user answers %s without an error', async (reason, userId) => {
  const answer = await validateUser(accounts.deps, create(ValidateUserRequestSchema, { userId }));

  expect(answer).toMatchObject({ valid: false, reason });
});

test('the demo accounts are made once by 2 instances at once, can sign in, and are refused in production', async () => {
  await Promise.all([makeDemoAccounts(accounts.deps), makeDemoAccounts(accounts.deps)]);

  const { user } = await accounts.signIn('admin@shop.test', 'admin-password-1');
  expect(user!.roles).toEqual(['customer', 'admin']);
  await accounts.signIn('demo@shop.test', 'demo-password-1');
  expect(wantsDemoAccounts('auto', 'production')).toBe(false);
  expect(() => wantsDemoAccounts('on', 'production')).toThrow(/production/);
});
