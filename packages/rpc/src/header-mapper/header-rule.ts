/** Which way a rule maps: from HTTP into metadata, from metadata out to HTTP, or both. */
export type HeaderDirection = 'in' | 'out' | 'both';

/** One step on a value; a closed set, so that configuration can say all of them. Functions are for code only. */
export type HeaderTransform =
  | 'trim'
  | 'lower'
  | 'upper'
  | { readonly removePrefix: string }
  | { readonly addPrefix: string }
  | { readonly addSuffix: string }
  /** Cuts to this many characters; for secrets use `maxLength`, which refuses instead. */
  | { readonly truncate: number }
  /** Replaces every match of a regular expression. */
  | { readonly replace: string; readonly with: string }
  /** Shows only this many first and last characters. */
  | { readonly mask: number }
  /** Refuses a value that does not match the regular expression as a whole. */
  | { readonly match: string }
  | ((value: string) => string);

/** How one HTTP header and one metadata key belong together. */
export interface HeaderRule {
  /** Name of the HTTP header, in any case. */
  readonly http: string;
  /** Metadata key, in lower case. */
  readonly metadata: string;
  readonly direction: HeaderDirection;
  /** Refuses a request without it; not for rules that only map out. */
  readonly required?: boolean;
  /** Used when there is no value; `{ generate: 'uuid' }` is a new one for every request. */
  readonly default?: string | { readonly generate: 'uuid' };
  /** Applied from left to right, on values of both directions. */
  readonly transforms?: readonly HeaderTransform[];
  /** Longest value that is taken, default 1,024 characters; a longer one is refused, never cut. */
  readonly maxLength?: number;
  /** Masked in logs, whole on the wire; default true for names of credentials. */
  readonly secret?: boolean;
  /** Takes the value from the verified identity and never from a header. */
  readonly identity?: 'user_id' | 'roles' | 'tier';
  /** Goes along with every further call and stands in every log line; not for secrets. */
  readonly baggage?: boolean;
}

type More = Omit<HeaderRule, 'http' | 'metadata' | 'direction'>;

/** A rule from an HTTP header to a metadata key. */
export function incoming(http: string, metadata: string, more: More = {}): HeaderRule {
  return { ...more, http, metadata, direction: 'in' };
}

/** A rule from a metadata key of an answer to an HTTP header. */
export function outgoing(metadata: string, http: string, more: More = {}): HeaderRule {
  return { ...more, http, metadata, direction: 'out' };
}

/** A rule in both directions: what came in is sent back, unless the service says otherwise. */
export function bidirectional(http: string, metadata: string, more: More = {}): HeaderRule {
  return { ...more, http, metadata, direction: 'both' };
}

/** The reference set: credentials, correlation, client, timing, limits and content security. */
export const referenceHeaderRules: readonly HeaderRule[] = [
  incoming('Authorization', 'authorization', { required: true, maxLength: 8_192 }),
  incoming('X-API-Key', 'api-key', { secret: true }),
  bidirectional('X-Request-ID', 'request-id', { default: { generate: 'uuid' }, baggage: true, maxLength: 128 }),
  bidirectional('X-Correlation-ID', 'correlation-id', { baggage: true, maxLength: 128 }),
  incoming('User-Agent', 'client-agent'),
  incoming('X-Client-Version', 'client-version', { maxLength: 64 }),
  outgoing('processing-time-ms', 'X-Processing-Time', { transforms: [{ addSuffix: 'ms' }] }),
  outgoing('server-version', 'X-Server-Version'),
  outgoing('rate-limit-remaining', 'X-RateLimit-Remaining'),
  outgoing('rate-limit-reset', 'X-RateLimit-Reset'),
  outgoing('content-security-policy', 'Content-Security-Policy', { default: "default-src 'self'" }),
];
