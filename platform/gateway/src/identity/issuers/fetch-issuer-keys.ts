import { PlatformError } from '@mainstay/kernel';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { gatewayReasons } from '../../errors.ts';

/** Public keys of an issuer. */
export interface IssuerKeys {
  readonly kids: ReadonlySet<string>;
  /** Finds the key that fits the header of a token. */
  readonly find: JWTVerifyGetKey;
}

/** Largest document; real ones have some kilobytes. */
const maxBytes = 262_144;

const discovery = z.object({ issuer: z.string(), jwks_uri: z.string() });
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })).max(100) });

/**
 * Asks an issuer for its discovery document, and the address in it for its keys.
 *
 * The document must name the issuer that was asked (OpenID Connect Discovery section 4.3), and keys come over TLS unless the
 * issuer itself is on this machine. Keys that could be secrets (`oct`), or are for encryption, are left out.
 *
 * @throws {@link PlatformError} `unavailable` / `ISSUER_UNUSABLE` for anything else than two good documents in the time allowed.
 */
export async function fetchIssuerKeys(issuer: string, timeoutMs: number): Promise<IssuerKeys> {
  const signal = AbortSignal.timeout(timeoutMs);
  const told = discovery.safeParse(
    await readJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, signal),
  );
  if (!told.success) throw unusable('its discovery document has no issuer or no jwks_uri');
  if (told.data.issuer !== issuer) throw unusable(`its discovery document is that of ${told.data.issuer}`);
  const isClear = issuer.startsWith('http:');
  if (!URL.canParse(told.data.jwks_uri) || (!isClear && !told.data.jwks_uri.startsWith('https:'))) {
    throw unusable('its jwks_uri is no https address');
  }
  const listed = keySet.safeParse(await readJson(told.data.jwks_uri, signal));
  if (!listed.success) throw unusable('its keys are no JSON Web Key Set');
  const keys = listed.data.keys.filter(({ kty, use }) => kty !== 'oct' && (use === undefined || use === 'sig'));
  const kids = new Set(keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid])));
  return { kids, find: createLocalJWKSet({ keys } as JSONWebKeySet) };
}

async function readJson(address: string, signal: AbortSignal): Promise<unknown> {
  try {
    const answer = await fetch(address, { signal, redirect: 'error', headers: { accept: 'application/json' } });
    if (!answer.ok) throw unusable(`${address} answered ${answer.status}`);
    return JSON.parse(await readText(answer));
  } catch (cause) {
    if (cause instanceof PlatformError) throw cause;
    throw unusable(`${address} gave no JSON`, cause);
  }
}

async function readText({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.byteLength;
    if (bytes > maxBytes) throw unusable(`an answer is larger than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function unusable(why: string, cause?: unknown): PlatformError {
  return new PlatformError(gatewayReasons.ISSUER_UNUSABLE, `an OpenID Connect issuer cannot be used: ${why}`, {
    cause,
  });
}
