import { kernelReasons } from './errors/kernel-reasons.ts';
import { PlatformError } from './errors/platform-error.ts';

/**
 * Writes the token of the next page of a list (AIP-158): opaque to clients, bound to its search.
 *
 * @param search - anything that tells one search from another, for example user and status.
 * @param place - what the next page begins behind, in JSON; no secret, since everybody can read it.
 * @example
 * const nextPageToken = encodePageToken('open orders', last.id);
 */
export function encodePageToken(search: string, place: unknown): string {
  return Buffer.from(JSON.stringify([1, search, place])).toString('base64url');
}

/**
 * Reads the token that a client sends back.
 *
 * @param read - checks the place and gives it in its own type; undefined when it is none. It may be anything: tokens can be forged.
 * @throws {@link PlatformError} `invalid_argument` / `PAGE_TOKEN_INVALID`, executed: no, for one that is damaged or of another search.
 * @example
 * const after = decodePageToken(request.pageToken, 'open orders', (place) => (typeof place === 'string' && isUuid(place) ? place : undefined));
 */
export function decodePageToken<T>(token: string, search: string, read: (place: unknown) => T | undefined): T {
  const parsed = parse(token);
  const isOurs = Array.isArray(parsed) && parsed.length === 3 && parsed[0] === 1 && parsed[1] === search;
  const place = isOurs ? read(parsed[2]) : undefined;
  if (place !== undefined) return place;
  throw new PlatformError(kernelReasons.PAGE_TOKEN_INVALID, 'page_token is damaged or belongs to another search', {
    violations: [
      { field: 'page_token', rule: 'page_token.invalid', message: 'take it unchanged from the page before' },
    ],
  });
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    // Not JSON, so not a token of ours.
    return undefined;
  }
}
