import { loadConfig } from '@mainstay/config';
import { describe, expect, it } from 'vitest';
import { type IssuerSettings, issuerConfig } from './issuer-config.ts';
import { toCaller } from './to-caller.ts';

const load = (changes: Record<string, unknown>): IssuerSettings => {
  const issuers = [{ name: 'acme', issuer: 'https://login.test', audience: 'api', ...changes }];
  const [settings] = loadConfig(issuerConfig, {
    env: { GATEWAY_IDENTITY_ISSUERS: JSON.stringify(issuers) },
  })['identity.issuers'];
  return settings as IssuerSettings;
};

describe('toCaller', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>, string | undefined, readonly string[]]>([
    ['the usual claims', {}, { sub: 'u1' }, 'acme:u1', ['customer']],
    ['an issuer whose ids are ours', { subject_prefix: '' }, { sub: 'u1' }, 'u1', ['customer']],
    ['another claim as id', { subject_claim: 'oid' }, { sub: 'u1', oid: 'o1' }, 'acme:o1', ['customer']],
    ['no id', {}, {}, undefined, []],
    ['an id with a line break', {}, { sub: 'a\nb' }, undefined, []],
    ['roles that nobody mapped', {}, { sub: 'u1', roles: ['admin'] }, 'acme:u1', ['customer']],
    [
      'a mapped role',
      { roles: { boss: 'admin' } },
      { sub: 'u1', roles: ['boss', 7] },
      'acme:u1',
      ['customer', 'admin'],
    ],
    [
      'roles as text',
      { roles: { a: 'x', b: 'y' }, default_roles: [] },
      { sub: 'u1', roles: 'a b' },
      'acme:u1',
      ['x', 'y'],
    ],
    [
      'a nested claim',
      { roles_claim: 'realm_access.roles', roles: { boss: 'admin' } },
      { sub: 'u1', realm_access: { roles: ['boss'] } },
      'acme:u1',
      ['customer', 'admin'],
    ],
    [
      'a claim whose name has dots',
      { roles_claim: 'https://shop.test/roles', roles: { boss: 'admin' } },
      { sub: 'u1', 'https://shop.test/roles': ['boss'] },
      'acme:u1',
      ['customer', 'admin'],
    ],
    ['names of the prototype', { roles_claim: 'constructor.name' }, { sub: 'u1' }, 'acme:u1', ['customer']],
  ])('reads %s', (_, changes, claims, userId, roles) => {
    const caller = toCaller(claims, load(changes));

    expect(caller?.identity.userId).toBe(userId);
    expect(caller?.identity.roles ?? []).toEqual(roles);
  });

  it('opens what the scopes are mapped to, nothing for scopes that mean nothing here, and all where scopes do not count', () => {
    const scopes = { scopes_claim: 'scope', scopes: { 'orders:read': ['orders.read', 'products.read'] } };
    const told = (scope: unknown): readonly string[] | undefined =>
      toCaller({ sub: 'u1', scope }, load(scopes))?.scopes;

    expect(told('openid orders:read')).toEqual(['orders.read', 'products.read']);
    expect(told('openid')).toEqual(['none']);
    expect(told(undefined)).toEqual(['none']);
    expect(toCaller({ sub: 'u1', scope: 'openid' }, load({}))?.scopes).toEqual([]);
  });

  it('ends a token at its time and the skew, and keeps tenants of two issuers apart', () => {
    const caller = toCaller({ sub: 'u1', exp: 1_000, tid: 't' }, load({ tenant_claim: 'tid', clock_skew_s: 5 }));

    expect([caller?.endsAtMs, caller?.tenant]).toEqual([1_005_000, 'acme:t']);
  });
});

describe('identity.issuers', () => {
  it.each([
    ['a secret as signature', { algorithms: ['HS256'] }],
    ['no signature', { algorithms: ['none'] }],
    ['clear text', { issuer: 'http://login.test' }],
    ['a query in the address', { issuer: 'https://login.test?x=1' }],
    ['no audience', { audience: '' }],
  ])('refuses %s', (_, changes) => {
    expect(() => load(changes)).toThrow(/identity\.issuers|IDENTITY_ISSUERS/);
  });
});
