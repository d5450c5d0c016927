import { create } from '@bufbuild/protobuf';
import {
  GetUserRequestSchema,
  GrantRoleRequestSchema,
  ListRoleGrantsRequestSchema,
  RefreshSessionRequestSchema,
  RevokeRoleGrantRequestSchema,
  type RoleGrant,
  UpdateUserRequestSchema,
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
beforeAll(async () => {
  accounts = await openTestAccounts();
});
afterAll(() => accounts[Symbol.asyncDispose]());

const asAdmin = <T>(run: () => T): T => accounts.as({ userId: adminId, roles: ['customer', 'admin'] }, run);
const give = async (userId: string, durationSeconds: number): Promise<RoleGrant> => {
  const request = create(GrantRoleRequestSchema, { userId, role: 'support', reason: 'case 7', durationSeconds });
  return (await asAdmin(() => grantRole(accounts.deps, request))).grant as RoleGrant;
};

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
  const { grants } = await listRoleGrants(accounts.deps, create(ListRoleGrantsRequestSchema, { userId: user.id }));
  expect(grants).toMatchObject([{ id, role: 'support', reason: 'case 7', grantedBy: adminId, revokedBy: adminId }]);
  expect(decodeJwt((await accounts.signIn('other-helper@shop.test')).accessToken)['roles']).toEqual(['customer']);
  for (const gone of [id, unknownId, 'x']) {
    await expect(revoke(gone)).rejects.toMatchObject({ reason: 'ROLE_GRANT_UNKNOWN' });
  }
  await expect(give(unknownId, 600)).rejects.toMatchObject({ reason: 'USER_NOT_FOUND' });
});

test('support reads every account and changes none but its own', async () => {
  const customer = await accounts.register('customer@shop.test');
  const as = <T>(run: () => T): T => accounts.as({ userId: unknownId, roles: ['customer', 'support'] }, run);

  const read = await as(() => getUser(accounts.deps, create(GetUserRequestSchema, { id: customer.id })));
  expect(read.user?.email).toBe('customer@shop.test');
  const change = create(UpdateUserRequestSchema, { id: customer.id, firstName: 'Eve' });
  await expect(as(() => updateUser(accounts.deps, change))).rejects.toMatchObject({ reason: 'USER_NOT_FOUND' });
});
