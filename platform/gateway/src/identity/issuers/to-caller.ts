import type { JWTPayload } from 'jose';
import type { Caller } from '../caller.ts';
import { noGrants } from '../customer-grant.ts';
import type { IssuerSettings } from './issuer-config.ts';
import { claimAt, textsAt } from './read-claims.ts';

/** A scope that no route has: what a token opens whose scopes open nothing here. */
const nothing: readonly string[] = ['none'];

/**
 * Reads the claims of a verified token by the rules of its issuer; undefined when it names no user.
 *
 * Users of two issuers are never one: the id has the name of the issuer before it, unless the configuration says otherwise.
 * Roles and scopes count only where the configuration says what they are here, so an issuer gives out no right by itself.
 */
export function toCaller(payload: JWTPayload, settings: IssuerSettings): Caller | undefined {
  const subject = claimAt(payload, settings.subject_claim);
  const userId = `${settings.subject_prefix ?? `${settings.name}:`}${typeof subject === 'string' ? subject : ''}`;
  if (typeof subject !== 'string' || subject === '' || !/^[\x21-\x7e]{1,128}$/.test(userId)) return undefined;
  const { scopes_claim: scopesClaim, tenant_claim: tenantClaim, clock_skew_s: skewS } = settings;
  const roles = textsAt(payload, settings.roles_claim).flatMap((role) => mapped(settings.roles, role));
  const tenant = tenantClaim === undefined ? undefined : claimAt(payload, tenantClaim);
  return {
    identity: { kind: 'user', userId, roles: [...new Set([...settings.default_roles, ...roles])] },
    grants: noGrants,
    endsAtMs: ((payload.exp ?? 0) + skewS) * 1_000,
    scopes: scopesClaim === undefined ? [] : scopesOf(textsAt(payload, scopesClaim), settings),
    tenant: typeof tenant === 'string' && tenant !== '' ? `${settings.name}:${tenant}` : undefined,
  };
}

function scopesOf(told: readonly string[], { scopes }: IssuerSettings): readonly string[] {
  const opened = told.flatMap((scope) => mapped(scopes, scope));
  return opened.length === 0 ? nothing : opened;
}

function mapped<T>(
  rules: Readonly<Record<string, T>>,
  name: string,
): readonly (T extends readonly (infer E)[] ? E : T)[] {
  const value = Object.hasOwn(rules, name) ? rules[name] : undefined;
  return (value === undefined ? [] : [value].flat()) as readonly (T extends readonly (infer E)[] ? E : T)[];
}
