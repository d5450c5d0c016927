import type { Identity } from '@mainstay/kernel/context';

/** What a token says; short keys, because it travels with every call. */
interface Claims {
  readonly v: 1;
  readonly k: Identity['kind'];
  readonly u?: string;
  readonly r?: readonly string[];
  readonly t?: string;
  /** Tenant. */
  readonly n?: string;
  /** Calling service. */
  readonly s: string;
  readonly iat: number;
  readonly exp: number;
}

/** A token's content: who, and from when to when, in epoch milliseconds. */
export interface TokenContent {
  readonly identity: Identity;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** Writes the part of a token that is signed. */
export function encodeClaims({ identity, issuedAtMs, expiresAtMs }: TokenContent): string {
  const claims: Claims = {
    v: 1,
    k: identity.kind,
    ...(identity.userId !== undefined && { u: identity.userId }),
    ...(identity.roles.length > 0 && { r: identity.roles }),
    ...(identity.tier !== undefined && { t: identity.tier }),
    ...(identity.tenant !== undefined && { n: identity.tenant }),
    s: identity.viaService ?? '',
    iat: issuedAtMs,
    exp: expiresAtMs,
  };
  return Buffer.from(JSON.stringify(claims)).toString('base64url');
}

/** Reads a part whose signature was checked; undefined when it is not what {@link encodeClaims} writes. */
export function decodeClaims(encoded: string): TokenContent | undefined {
  let claims: Partial<Claims>;
  try {
    claims = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')) as Partial<Claims>;
  } catch {
    // Signed by us but not JSON: another version's format. The caller refuses it.
    return undefined;
  }
  const { v, k, u, r = [], t, n, s, iat, exp } = claims ?? {};
  if (v !== 1 || typeof s !== 'string' || s === '') return undefined;
  if (typeof iat !== 'number' || typeof exp !== 'number') return undefined;
  if (k !== 'user' && k !== 'service' && k !== 'anonymous') return undefined;
  if (k === 'user' && (typeof u !== 'string' || u === '')) return undefined;
  if (!Array.isArray(r) || !r.every((role) => typeof role === 'string')) return undefined;
  // One token is read once for many calls, which must not change what the others see.
  const identity: Identity = Object.freeze({
    kind: k,
    roles: Object.freeze(r),
    viaService: s,
    ...(k === 'user' && { userId: u as string }),
    ...(typeof t === 'string' && { tier: t }),
    ...(typeof n === 'string' && { tenant: n }),
  });
  return { identity, issuedAtMs: iat, expiresAtMs: exp };
}
