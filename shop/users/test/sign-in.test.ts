import { create } from '@bufbuild/protobuf';
import {
  ChangePasswordRequestSchema,
  DeactivateUserRequestSchema,
  EndSessionRequestSchema,
  RefreshSessionRequestSchema,
} from '@mainstay/contracts/users/v1/users';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changePassword } from '../src/rpc/change-password.ts';
import { deactivateUser } from '../src/rpc/deactivate-user.ts';
import { endSession } from '../src/rpc/end-session.ts';
import { getKeySet } from '../src/rpc/get-key-set.ts';
import { refreshSession } from '../src/rpc/refresh-session.ts';
import { goodPassword, openTestAccounts, type TestAccounts } from './accounts.ts';

let accounts: TestAccounts;
beforeAll(async () => {
  accounts = await openTestAccounts();
});
afterAll(() => accounts[Symbol.asyncDispose]());

const refresh = (refreshToken: string) =>
  refreshSession(accounts.deps, create(RefreshSessionRequestSchema, { refreshToken }));

test('the access token names user, roles and session, verifies against the key set, and lives 15 minutes', async () => {
  const user = await accounts.register('token@shop.test');
  const session = await accounts.signIn('token@shop.test');
  const keySet = await getKeySet(accounts.deps);

  const { payload, protectedHeader } = await jwtVerify(
    session.accessToken,
    createLocalJWKSet({ keys: keySet.keys.map(({ kid, kty, crv, x, alg }) => ({ kid, kty, crv, x, alg })) }),
    { issuer: keySet.issuer, audience: keySet.audience, currentDate: new Date(accounts.clock.nowMs()) },
  );

  expect(payload).toMatchObject({ sub: user.id, roles: ['customer'] });
  expect(payload.exp! - payload.iat!).toBe(900);
  expect(protectedHeader).toMatchObject({ alg: 'EdDSA', kid: keySet.keys[0]!.kid });
  expect(JSON.stringify(payload)).not.toContain('token@shop.test');
});

test('an unknown address and a wrong password get the same error to the letter', async () => {
  await accounts.register('known@shop.test');

  const errors = await Promise.all(
    ['known@shop.test', 'unknown@shop.test'].map((email) =>
      accounts.signIn(email, 'not the password').catch((error: unknown) => error),
    ),
  );

  expect(errors[0]).toMatchObject({ reason: 'CREDENTIALS_INVALID', code: 'unauthenticated' });
  expect((errors[1] as Error).message).toBe((errors[0] as Error).message);
});

test.each(['exists', 'does not exist'])(
  'the 5th failure for an address that %s locks it for 30 s, the 6th for 60 s',
  async (kind) => {
    const email = `${kind.replaceAll(' ', '-')}@lock.test`;
    if (kind === 'exists') await accounts.register(email);
    const fail = () => accounts.signIn(email, 'wrong password!').catch((error: unknown) => error);
    for (let i = 0; i < 5; i++) expect(await fail()).toMatchObject({ reason: 'CREDENTIALS_INVALID' });

    expect(await fail()).toMatchObject({ reason: 'ACCOUNT_LOCKED', retry: 'after', retryAfterMs: 30_000 });
    await accounts.clock.advance(30_000);
    expect(await fail()).toMatchObject({ reason: 'CREDENTIALS_INVALID' });
    expect(await fail()).toMatchObject({ reason: 'ACCOUNT_LOCKED', retryAfterMs: 60_000 });
  },
);

test('a locked account refuses even the right password, and a sign-in after the lock forgets the failures', async () => {
  await accounts.register('forgetful@shop.test');
  for (let i = 0; i < 5; i++) await accounts.signIn('forgetful@shop.test', 'wrong password!').catch(() => undefined);

  await expect(accounts.signIn('forgetful@shop.test')).rejects.toMatchObject({ reason: 'ACCOUNT_LOCKED' });
  await accounts.clock.advance(30_000);
  await accounts.signIn('forgetful@shop.test');
  for (let i = 0; i < 4; i++) await accounts.signIn('forgetful@shop.test', 'wrong password!').catch(() => undefined);

  await expect(accounts.signIn('forgetful@shop.test')).resolves.toBeDefined();
});

test('of 40 guesses at once at most 8 are judged before the lock holds', async () => {
  await accounts.register('guessed@shop.test');

  const errors = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      accounts.signIn('guessed@shop.test', `guess number ${i}`).catch((error: unknown) => error),
    ),
  );

  const judged = errors.filter((error) => (error as { reason?: string }).reason === 'CREDENTIALS_INVALID');
  expect(judged.length).toBeLessThanOrEqual(8);
});

test('only who knows the password of a closed account learns that it is closed', async () => {
  const { id } = await accounts.register('closed@shop.test');
  await accounts.as({ userId: id }, () =>
    deactivateUser(accounts.deps, create(DeactivateUserRequestSchema, { id: 'me' })),
  );

  await expect(accounts.signIn('closed@shop.test', 'wrong password!')).rejects.toMatchObject({
    reason: 'CREDENTIALS_INVALID',
  });
  await expect(accounts.signIn('closed@shop.test')).rejects.toMatchObject({ reason: 'ACCOUNT_DEACTIVATED' });
});

test('a refresh token works once; the second use ends the session, also for the token that followed', async () => {
  await accounts.register('thief@shop.test');
  const { refreshToken } = await accounts.signIn('thief@shop.test');
  const next = await refresh(refreshToken);

  await expect(refresh(refreshToken)).rejects.toMatchObject({ reason: 'REFRESH_TOKEN_REUSED' });
  await expect(refresh(next.refreshToken)).rejects.toMatchObject({ reason: 'REFRESH_TOKEN_INVALID' });
});

test('of 10 refreshes at once with one token 1 succeeds and the session ends', async () => {
  await accounts.register('racer@shop.test');
  const { refreshToken } = await accounts.signIn('racer@shop.test');

  const results = await Promise.allSettled(Array.from({ length: 10 }, () => refresh(refreshToken)));

  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a refresh token ends with sign-out, with a changed password, and after 30 days', async () => {
  const { id } = await accounts.register('ends@shop.test');
  const [out, changed] = [await accounts.signIn('ends@shop.test'), await accounts.signIn('ends@shop.test')];

  await endSession(accounts.deps, create(EndSessionRequestSchema, { refreshToken: out.refreshToken }));
  await expect(refresh(out.refreshToken)).rejects.toMatchObject({ reason: 'REFRESH_TOKEN_INVALID' });

  const request = { id: 'me', currentPassword: goodPassword, newPassword: 'another good password' };
  await accounts.as({ userId: id }, () => changePassword(accounts.deps, create(ChangePasswordRequestSchema, request)));
  await expect(refresh(changed.refreshToken)).rejects.toMatchObject({ reason: 'REFRESH_TOKEN_INVALID' });

  const old = await accounts.signIn('ends@shop.test', 'another good password');
  await accounts.clock.advance(30 * 86_400_000);
  await expect(refresh(old.refreshToken)).rejects.toMatchObject({ reason: 'REFRESH_TOKEN_INVALID' });
});

test('no password and no token is stored readable', async () => {
  await accounts.register('hidden@shop.test', 'a long covert phrase');
  const session = await accounts.signIn('hidden@shop.test', 'a long covert phrase');

  const { rows } = await accounts.deps.database.query<{ dump: string }>(
    `select (select string_agg(u::text, '') from users u) || (select string_agg(t::text, '') from refresh_tokens t)
       || (select string_agg(s::text, '') from sessions s) as dump`,
  );

  expect(rows[0]!.dump).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
  for (const secret of ['a long covert phrase', session.refreshToken, session.accessToken]) {
    expect(rows[0]!.dump).not.toContain(secret);
  }
});
