/** What a server says of repeating a call, in the trailers of gRPC's own retries. */
const pushbackHeader = 'grpc-retry-pushback-ms';

/**
 * Reads the push-back of a peer that sends no `RetryInfo`.
 *
 * @returns milliseconds to wait; `never` when the peer asks for no repeat, which a value that is no whole number does too;
 * undefined when it says nothing.
 * @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md#pushback
 */
export function readPushback(metadata: Headers): number | 'never' | undefined {
  const value = metadata.get(pushbackHeader);
  if (value === null) return undefined;
  return /^\d{1,10}$/.test(value) ? Number(value) : 'never';
}

/** Puts the pause of an error beside its details, for clients that read no `RetryInfo`. */
export function withPushback(header: Headers | undefined, retryAfterMs: number | undefined): Headers | undefined {
  if (retryAfterMs === undefined) return header;
  const more = new Headers(header);
  more.set(pushbackHeader, String(Math.ceil(retryAfterMs)));
  return more;
}
