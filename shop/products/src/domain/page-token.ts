/** Where the next page begins: after this product, and after this rank when the search has words. */
export interface PageCursor {
  readonly id: string;
  readonly rank?: number;
}

const idShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Writes a page token: opaque to clients, bound to its search.
 *
 * @param search - anything that tells one search from another, for example query and category.
 */
export function encodePageToken(cursor: PageCursor, search: string): string {
  return Buffer.from(JSON.stringify([1, search, cursor.id, cursor.rank ?? null])).toString('base64url');
}

/** Reads a page token; undefined when it is damaged or belongs to another search. */
export function decodePageToken(token: string, search: string): PageCursor | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    // Not JSON, so not a token of ours.
    return undefined;
  }
  if (!Array.isArray(parsed) || parsed.length !== 4) return undefined;
  const [version, boundTo, id, rank] = parsed as unknown[];
  if (version !== 1 || boundTo !== search || typeof id !== 'string' || !idShape.test(id)) return undefined;
  if (rank === null) return { id };
  return typeof rank === 'number' && Number.isFinite(rank) ? { id, rank } : undefined;
}
