import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  GetUserRequestSchema,
  GrantRoleRequestSchema,
  ListRoleGrantsRequestSchema,
  RefreshSessionRequestSchema,
  RevokeRoleGrantRequestSchema,
  type RoleGrant,
  UpdateUserRequestSchema,
  type User,
} from '@mainstay/contracts/users/v1/users';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getUser } from '../src/rpc/get-user.ts';
import { grantRole } from '../src/rpc/grant-role.ts';
import { listRoleGrants } from '../src/rpc/list-role-grants.ts';
import { refreshSession } from '../src/rpc/refresh-session.ts';
import { revokeRoleGrant } from '../src/rpc/revoke-role-grant.ts';
import { updateUser } from '../src/rpc/update-user.ts';
import { openTestAccounts, type TestAccounts } from './accounts.ts';

const adminId = '0192f3c1-7b7a-7c3a-9d5e-00000000ad01';
const unknownId = '0192f3c1-7b7a-7c3a-9d5e-000000000000';

let accounts: TestAccounts;
let customer: User;
beforeAll(async () => {
  accounts = await openTestAccounts();
  customer = await accounts.register('customer@shop.test');
});
afterAll(() => accounts[Symbol.asyncDispose]());

const asAdmin = <T>(run: () => T): T => accounts.as({ userId: adminId, roles: ['customer', 'admin'] }, run);
const give = async (userId: string, durationSeconds: number, customerId = customer.id): Promise<RoleGrant> => {
  const wish = { userId, customerId, role: 'support', reason: 'case 7', durationSeconds };
  const request = create(GrantRoleRequestSchema, wish);
  return (await asAdmin(() => grantRole(accounts.deps, request))).grant as RoleGrant;
};

const list = (search: MessageInitShape<typeof ListRoleGrantsRequestSchema>) =>
  listRoleGrants(accounts.deps, create(ListRoleGrantsRequestSchema, search));

test('a token names the customers of its grants; of one that ended it names none, and the account keeps the other', async () => {
  const [user, other] = [
    await accounts.register('two-cases@shop.test'),
    await accounts.register('other-customer@shop.test'),
  ];
  const [first, second] = [await give(user.id, 60), await give(user.id, 3_600, other.id)];
  const grantsOf = async () => decodeJwt((await accounts.signIn('two-cases@shop.test')).accessToken)['grants'];
  const claimOf = ({ id, customerId }: RoleGrant) => ({ id, role: 'support', customer: customerId });

  expect(await grantsOf()).toEqual([claimOf(first), claimOf(second)]);
  await accounts.clock.advance(60_000);
  expect(await grantsOf()).toEqual([claimOf(second)]);
  expect(decodeJwt((await accounts.signIn('other-customer@shop.test')).accessToken)).not.toHaveProperty('grants');
});

test('a grant from before there were customers is in no token, and can be taken back', async () => {
  const user = await accounts.register('old-grant@shop.test');
  const { id } = await give(user.id, 600);
  await accounts.deps.database.query('update role_grants set customer_id = null where id = $1', [id]);

  expect(decodeJwt((await accounts.signIn('old-grant@shop.test')).accessToken)['roles']).toEqual(['customer']);
  const request = create(RevokeRoleGrantRequestSchema, { userId: user.id, grantId: id });
  expect((await asAdmin(() => revokeRoleGrant(accounts.deps, request))).grant).toMatchObject({ customerId: '' });
});

test('of 12 grants that are given at once 10 are in force; one taken back makes room for another', async () => {
  const user = await accounts.register('busy-helper@shop.test');
  const given = await Promise.allSettled(Array.from({ length: 12 }, () => give(user.id, 600)));

  const refused = given.filter(({ status }) => status === 'rejected');
  expect(refused).toMatchObject(Array.from({ length: 2 }, () => ({ reason: { reason: 'ROLE_GRANTS_EXHAUSTED' } })));
  const { grants } = await list({ userId: user.id, inForce: true });
  expect(grants).toHaveLength(10);
  const request = create(RevokeRoleGrantRequestSchema, { userId: user.id, grantId: grants[0]!.id });
  await asAdmin(() => revokeRoleGrant(accounts.deps, request));
  await give(user.id, 600);
});

test('grants of all accounts are listed page by page, the newest first, or those in force alone', async () => {
  const user = await accounts.register('listed-helper@shop.test');
  const { id: revoked } = await give(user.id, 600);
  for (let n = 0; n < 6; n++) await give(user.id, 600);
  const taking = create(RevokeRoleGrantRequestSchema, { userId: user.id, grantId: revoked });
  await asAdmin(() => revokeRoleGrant(accounts.deps, taking));

  const pages: RoleGrant[][] = [];
  let pageToken = '';
  do {
    const page = await list({ userId: '-', pageSize: 5, pageToken });
    pages.push(page.grants);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  const all = pages.flat().map(({ id }) => id);
  const inForce = (await list({ userId: '-', pageSize: 200, inForce: true })).grants.map(({ id }) => id);

  expect(all).toEqual((await list({ userId: '-', pageSize: 200 })).grants.map(({ id }) => id));
  expect(all).toEqual(all.toSorted().reverse());
  expect(pages.slice(0, -1).map(({ length }) => length)).toEqual(pages.slice(0, -1).map(() => 5));
  expect(all).toContain(revoked);
  expect(inForce).not.toContain(revoked);
  expect(inForce.length).toBeGreaterThanOrEqual(6);
  await expect(list({ userId: '-', pageToken: 'x' })).rejects.toMatchObject({ reason: 'PAGE_TOKEN_INVALID' });
  expect(await list({ userId: 'x' })).toMatchObject({ grants: [], nextPageToken: '' });
});

test('a grant of 10 minutes is in tokens of 5 minutes at most, none of which outlives it, and in none after it', async () => {
  const user = await accounts.register('helper@shop.test');
  await give(user.id, 600);
  let { accessToken, refreshToken, expiresIn } = await accounts.signIn('helper@shop.test');
  const seen = [[decodeJwt(accessToken)['roles'], expiresIn]];
  for (const seconds of [290, 250, 60]) {
    await accounts.clock.advance(seconds * 1_000);
    const request = create(RefreshSessionRequestSchema, { refreshToken });
    ({ accessToken, refreshToken, expiresIn } = await refreshSession(accounts.deps, request));
    seen.push([decodeJwt(accessToken)['roles'], expiresIn]);
  }

  expect(seen).toEqual([
    [['customer', 'support'], 300],
    [['customer', 'support'], 300],
    [['customer', 'support'], 60],
    [['customer'], 900],
  ]);
});

test('who gave it, what for, and who took it back stays in the list; one taken back is in no token any more', async () => {
  const user = await accounts.register('other-helper@shop.test');
  const { id } = await give(user.id, 600);
  const revoke = (grantId: string) =>
    asAdmin(() => revokeRoleGrant(accounts.deps, create(RevokeRoleGrantRequestSchema, { userId: user.id, grantId })));

  await revoke(id);
  const { grants } = await list({ userId: user.id });
  const told = { id, role: 'support', customerId: customer.id, reason: 'case 7', grantedBy: adminId };
  expect(grants).toMatchObject([{ ...told, revokedBy: adminId }]);
  expect(decodeJwt((await accounts.signIn('other-helper@shop.test')).accessToken)['roles']).toEqual(['customer']);
  for (const gone of [id, unknownId, 'x']) {
    await expect(revoke(gone)).rejects.toMatchObject({ reason: 'ROLE_GRANT_UNKNOWN' });
  }
  await expect(give(unknownId, 600)).rejects.toMatchObject({ reason: 'USER_NOT_FOUND' });
  await expect(give(user.id, 600, unknownId)).rejects.toMatchObject({ reason: 'USER_NOT_FOUND' });
});

test('support reads every account and changes none but its own', async () => {
  const as = <T>(run: () => T): T => accounts.as({ userId: unknownId, roles: ['customer', 'support'] }, run);

  const read = await as(() => getUser(accounts.deps, create(GetUserRequestSchema, { id: customer.id })));
  expect(read.user?.email).toBe('customer@shop.test');
  const change = create(UpdateUserRequestSchema, { id: customer.id, firstName: 'Eve' });
  await expect(as(() => updateUser(accounts.deps, change))).rejects.toMatchObject({ reason: 'USER_NOT_FOUND' });
});
