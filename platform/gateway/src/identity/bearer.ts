import { type Clock, PlatformError } from '@mainstay/kernel';
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { gatewayReasons } from '../errors.ts';
import type { Caller } from './caller.ts';
import { readGrants } from './customer-grant.ts';
import type { KeySetCache } from './key-set.ts';
import { VerifiedTokens } from './verified-tokens.ts';

/** Clocks of the users service and the gateway may differ by this much, in seconds. */
const clockSkewSeconds = 30;
/** A token of ours has about 400 characters; longer ones are not worth a signature check. */
const maxTokenLength = 4_096;

const verified = new VerifiedTokens();

/**
 * Takes the token out of an `Authorization` header.
 *
 * @returns undefined when there is no header.
 * @throws {@link PlatformError} `unauthenticated` / `TOKEN_INVALID` for any other scheme or form; executed: no.
 */
export function readBearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(authorization)?.[1];
  if (token === undefined || token.length > maxTokenLength)
    throw invalidToken('the Authorization header is no bearer token');
  return token;
}

/**
 * Verifies an access token (RFC 9068): EdDSA signature by a key of the users service, type, issuer, audience, times.
 *
 * Everything known about the user comes from the verified claims `sub`, `roles` and `grants`. A token that was verified is known again until it ends
 * or its key is fetched anew.
 *
 * @throws {@link PlatformError} `unauthenticated` / `TOKEN_EXPIRED` only when all but the time is right,
 * `TOKEN_INVALID`, or `unavailable` / `KEY_SET_UNAVAILABLE`; executed: no.
 */
export async function verifyToken(token: string, keySets: KeySetCache, clock: Pick<Clock, 'nowMs'>): Promise<Caller> {
  const kid = readKid(token);
  const keySet = await keySets.forKid(kid);
  const key = keySet.keys.get(kid);
  if (key === undefined) throw invalidToken('the access token is signed with a key that is not known');
  const known = verified.find(key, token, clock.nowMs());
  if (known !== undefined) return known;
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      issuer: keySet.issuer,
      audience: keySet.audience,
      clockTolerance: clockSkewSeconds,
      requiredClaims: ['sub', 'exp'],
      currentDate: new Date(clock.nowMs()),
    });
    const caller = toCaller(payload);
    verified.remember(key, token, caller);
    return caller;
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) {
      throw new PlatformError(gatewayReasons.TOKEN_EXPIRED, 'the access token has expired', { cause });
    }
    throw invalidToken('the access token is not valid', cause);
  }
}

function readKid(token: string): string {
  try {
    const { kid, alg } = decodeProtectedHeader(token);
    if (typeof kid === 'string' && kid !== '' && alg === 'EdDSA') return kid;
  } catch (cause) {
    throw invalidToken('the access token is no JSON Web Token', cause);
  }
  throw invalidToken('the access token names no key, or another algorithm than EdDSA');
}

function toCaller(payload: JWTPayload): Caller {
  const { sub, roles, grants: claim } = payload as JWTPayload & { readonly roles?: unknown; readonly grants?: unknown };
  if (sub === undefined || !/^[\x21-\x7e]{1,128}$/.test(sub)) throw invalidToken('the access token names no user');
  const grants = readGrants(claim);
  // Without them its roles would count for everybody.
  if (grants === undefined) throw invalidToken('the access token has grants that cannot be read');
  const known = Array.isArray(roles) ? roles.filter((role): role is string => typeof role === 'string') : [];
  return {
    identity: { kind: 'user', userId: sub, roles: known },
    grants,
    endsAtMs: ((payload.exp ?? 0) + clockSkewSeconds) * 1_000,
    scopes: [],
    tenant: undefined,
  };
}

/** A token that is refused, for a reason that says nothing about its content. */
export function invalidToken(message: string, cause?: unknown): PlatformError {
  return new PlatformError(gatewayReasons.TOKEN_INVALID, message, cause === undefined ? {} : { cause });
}
