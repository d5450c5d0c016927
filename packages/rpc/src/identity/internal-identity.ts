import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { type Clock, optionError, PlatformError, systemClock } from '@mainstay/kernel';
import type { Identity } from '@mainstay/kernel/context';
import { rpcReasons } from '../errors.ts';
import type { IdentitySigner, IdentityVerifier } from './identity.ts';
import { decodeClaims, encodeClaims, type TokenContent } from './identity-token.ts';

/** How {@link createInternalIdentity} is set up. */
export interface InternalIdentityOptions {
  /** Shared by all services of a fleet and nobody else, at least 32 bytes. */
  readonly key: Uint8Array;
  /** Name of this service. */
  readonly service: string;
  /** Default the machine's clock. */
  readonly clock?: Pick<Clock, 'nowMs'>;
}

/** Long enough for a call with its retries, short enough that a leaked header is soon worthless. */
const lifetimeMs = 60_000;
/** How far the clocks of two machines may be apart. */
const clockSkewMs = 30_000;
/** A token with some dozens of roles is below 1 KiB. */
const maxTokenBytes = 4_096;
/** Callers whose tokens are known at one time, before the oldest is forgotten: at most 4 MiB. */
const maxVerified = 1_000;

/**
 * Makes the signer and verifier of a service: `base64url(claims).base64url(HMAC-SHA-256)`, valid for 60 s.
 *
 * A token is not bound to a method or receiver: whoever holds one may use it anywhere in the fleet until it expires.
 *
 * Cost: one HMAC (some microseconds) per identity object and half minute to sign, and one per token to verify; the last
 * 1,000 tokens that were good are remembered until they expire.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for a key under 32 bytes or an empty service.
 */
export function createInternalIdentity(options: InternalIdentityOptions): IdentitySigner & IdentityVerifier {
  const { service, clock = systemClock } = options;
  if (options.key.byteLength < 32) throw optionError('key', 'at least 32 bytes', `${options.key.byteLength} bytes`);
  if (service === '') throw optionError('service', 'not empty', service);
  const key = createSecretKey(Buffer.from(options.key));
  const macOf = (encoded: string): Buffer => createHmac('sha256', key).update(encoded).digest();

  const own: Identity = Object.freeze({ kind: 'service', roles: Object.freeze([]), viaService: service });
  const signed = new WeakMap<Identity, { token: string; renewAtMs: number }>();
  const passedOn = new WeakMap<Identity, Identity>();
  const verified = new Map<string, TokenContent>();

  const outgoing = (identity: Identity | undefined): Identity => {
    if (identity === undefined || identity.kind === 'service') return own;
    const known = passedOn.get(identity);
    if (known !== undefined) return known;
    const made = Object.freeze({ ...identity, viaService: service });
    passedOn.set(identity, made);
    return made;
  };

  const readToken = (header: string): TokenContent => {
    if (header.length > maxTokenBytes) throw refusal(`is larger than ${maxTokenBytes} bytes`);
    const dot = header.indexOf('.');
    const encoded = header.slice(0, Math.max(0, dot));
    const mac = Buffer.from(header.slice(dot + 1), 'base64url');
    const expected = macOf(encoded);
    if (mac.byteLength !== expected.byteLength || !timingSafeEqual(mac, expected)) throw refusal('is not signed by us');
    const content = decodeClaims(encoded);
    if (content === undefined) throw refusal('cannot be read');
    return content;
  };

  const remember = (header: string, content: TokenContent): void => {
    if (verified.size >= maxVerified) verified.delete(verified.keys().next().value as string);
    verified.set(header, content);
  };

  return {
    service,
    outgoing,
    sign(identity) {
      const nowMs = clock.nowMs();
      const cacheKey = identity ?? own;
      const known = signed.get(cacheKey);
      if (known !== undefined && nowMs < known.renewAtMs && nowMs >= known.renewAtMs - lifetimeMs) return known.token;
      const content = { identity: outgoing(identity), issuedAtMs: nowMs, expiresAtMs: nowMs + lifetimeMs };
      const encoded = encodeClaims(content);
      const token = `${encoded}.${macOf(encoded).toString('base64url')}`;
      signed.set(cacheKey, { token, renewAtMs: nowMs + lifetimeMs / 2 });
      return token;
    },
    verify(header) {
      const known = verified.get(header);
      const content = known ?? readToken(header);
      const nowMs = clock.nowMs();
      if (nowMs > content.expiresAtMs + clockSkewMs) {
        verified.delete(header);
        throw refusal('has expired');
      }
      if (content.issuedAtMs > nowMs + clockSkewMs) throw refusal('is from the future');
      if (known === undefined) remember(header, content);
      return content.identity;
    },
  };
}

function refusal(what: string): PlatformError {
  return new PlatformError(rpcReasons.IDENTITY_INVALID, `the identity of the call ${what}`);
}
