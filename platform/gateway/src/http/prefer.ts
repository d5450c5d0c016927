/** Longest wait that a client can ask for, in seconds; services cap it to this too. */
const maxWaitSeconds = 10;

/**
 * Reads `wait=n` out of a `Prefer` header.
 *
 * @returns seconds, capped to 10; undefined when it is absent or malformed, because preferences never fail a request.
 * @see RFC 7240 section 4.3
 */
export function parsePreferWait(header: string | undefined): number | undefined {
  for (const preference of header?.split(',') ?? []) {
    const match = /^\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:;.*)?$/i.exec(preference);
    if (match !== null) return Math.min(Number(match[1]), maxWaitSeconds);
  }
  return undefined;
}
