/**
 * Writes a page token: opaque to clients, bound to its payment.
 *
 * @param lastVersion - version of the last entry of the page.
 */
export function encodePageToken(lastVersion: bigint, paymentId: string): string {
  return Buffer.from(JSON.stringify([1, paymentId, String(lastVersion)])).toString('base64url');
}

/** Reads a page token: the version the next page begins after; undefined when damaged or of another payment. */
export function decodePageToken(token: string, paymentId: string): bigint | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    // Not JSON, so not a token of ours.
    return undefined;
  }
  if (!Array.isArray(parsed) || parsed.length !== 3) return undefined;
  const [version, boundTo, last] = parsed as unknown[];
  const isOurs = version === 1 && boundTo === paymentId && typeof last === 'string' && /^[1-9][0-9]{0,17}$/.test(last);
  return isOurs ? BigInt(last) : undefined;
}
