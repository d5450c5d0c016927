import { silentLogger } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { verifyToken } from '../src/identity/bearer.ts';
import { createKeySetCache, type KeySetCache } from '../src/identity/key-set.ts';
import { maxVerifiedTokens, VerifiedTokens } from '../src/identity/verified-tokens.ts';
import { createTokenIssuer, type TokenIssuer, userId } from './token-issuer.ts';

let clock: FakeClock;
let issuer: TokenIssuer;
let keySets: KeySetCache;

beforeEach(async () => {
  clock = new FakeClock();
  issuer = await createTokenIssuer(clock);
  keySets = createKeySetCache({ fetch: async () => issuer.keySet(), logger: silentLogger, maxAgeMs: 60_000, clock });
});
afterEach(() => vi.restoreAllMocks());

const verify = (token: string) => verifyToken(token, keySets, clock);
const signatureChecks = () => vi.spyOn(crypto.subtle, 'verify');

test('a token that comes 3 times costs 1 check of its signature, and gives the same caller', async () => {
  const token = await issuer.sign();
  const checks = signatureChecks();

  const callers = [await verify(token), await verify(token), await verify(token)];

  expect(callers.map(({ identity }) => identity.userId)).toEqual([userId, userId, userId]);
  expect(checks).toHaveBeenCalledTimes(1);
});

test('a token that is known ends when it says, and 30 s', async () => {
  const token = await issuer.sign({ expiresInSeconds: 10 });
  await verify(token);
  await clock.advance(39_999);
  await verify(token);
  await clock.advance(1);

  await expect(verify(token)).rejects.toMatchObject({ reason: 'TOKEN_EXPIRED' });
});

test('a known token with other claims, another signature or none is not known', async () => {
  const [head, claims, signature] = (await issuer.sign()).split('.');
  await verify([head, claims, signature].join('.'));
  const other = (await issuer.sign({ subject: 'somebody-else' })).split('.')[1];
  const forged = await issuer.sign({ forged: true });

  for (const token of [[head, other, signature].join('.'), [head, claims, ''].join('.'), forged]) {
    await expect(verify(token)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' });
  }
});

test('keys that are fetched anew check again, and a known token of a withdrawn key is refused', async () => {
  const token = await issuer.sign();
  const checks = signatureChecks();
  await verify(token);
  await clock.advance(60_001);
  // Keys beyond their age are used once more while they are asked for.
  await verify(token);
  await expect.poll(() => issuer.fetchCount).toBe(2);
  await verify(token);
  expect(checks).toHaveBeenCalledTimes(2);

  const others = await createTokenIssuer(clock);
  vi.spyOn(issuer, 'keySet').mockImplementation(() => {
    const set = others.keySet();
    for (const key of set.keys) key.kid = 'another';
    return set;
  });
  await clock.advance(60_001);
  await verify(token);

  await expect.poll(() => verify(token).catch(({ reason }) => reason)).toBe('TOKEN_INVALID');
});

test('of 10,001 tokens the first is forgotten', async () => {
  const tokens = new VerifiedTokens();
  const key = {};
  const caller = await verify(await issuer.sign());
  for (let token = 0; token <= maxVerifiedTokens; token++) tokens.remember(key, `token ${token}`, caller);

  expect(tokens.find(key, 'token 0', clock.nowMs())).toBeUndefined();
  expect(tokens.find(key, `token ${maxVerifiedTokens}`, clock.nowMs())).toBe(caller);
});
