import { isUuid } from '@mainstay/kernel';

/**
 * Writes a page token: opaque to clients, bound to its search.
 *
 * @param lastId - id of the last order of the page.
 * @param search - anything that tells one search from another, for example user and status.
 */
export function encodePageToken(lastId: string, search: string): string {
  return Buffer.from(JSON.stringify([1, search, lastId])).toString('base64url');
}

/** Reads a page token: the id the next page begins after; undefined when damaged or of another search. */
export function decodePageToken(token: string, search: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    // Not JSON, so not a token of ours.
    return undefined;
  }
  if (!Array.isArray(parsed) || parsed.length !== 3) return undefined;
  const [version, boundTo, lastId] = parsed as unknown[];
  return version === 1 && boundTo === search && typeof lastId === 'string' && isUuid(lastId) ? lastId : undefined;
}
