/**
 * Reads `wait=n` out of a `Prefer` header.
 *
 * @param maxSeconds - the longest wait there is; a longer one is capped to it.
 * @returns seconds; undefined when it is absent or malformed, because preferences never fail a request.
 * @see RFC 7240 section 4.3
 */
export function parsePreferWait(header: string | undefined, maxSeconds: number): number | undefined {
  for (const preference of header?.split(',') ?? []) {
    const match = /^\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:;.*)?$/i.exec(preference);
    if (match !== null) return Math.min(Number(match[1]), maxSeconds);
  }
  return undefined;
}
