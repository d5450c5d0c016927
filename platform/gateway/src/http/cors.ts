import type { GatewayRequest } from '../exchange/gateway-request.ts';
import type { Reply } from '../exchange/reply.ts';

/** Headers of the gateway's own that scripts of other origins may read. */
const ownHeaders = [
  'content-type',
  'etag',
  'idempotency-replayed',
  'location',
  'mainstay-degraded',
  'mainstay-version',
  'preference-applied',
  'retry-after',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'ratelimit',
  'ratelimit-policy',
  'x-quota-limit',
  'x-quota-remaining',
  'x-quota-reset-after',
  'x-trace-id',
];
const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const headerNames = /^[\w-]+(?:\s*,\s*[\w-]+)*$/;
/** How long a browser keeps what a preflight said, in seconds. */
const maxAgeSeconds = 600;

/**
 * Tells browsers which pages of other origins may read answers.
 *
 * Credentials stay out: who calls is said by headers that a script sets, never by cookies that a browser adds.
 *
 * @param origins - as browsers send them, for example `https://shop.example`; `*` for all; empty sets no header.
 * @param mapped - headers of answers that header rules set; scripts may read them like the gateway's own.
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function createCors(
  origins: ReadonlySet<string>,
  mapped: readonly string[],
): (request: GatewayRequest, reply: Reply) => void {
  if (origins.size === 0) return () => undefined;
  const exposed = [...new Set([...ownHeaders, ...mapped])].join(', ');
  const isAny = origins.has('*');
  return ({ method, headers }, reply) => {
    const { origin } = headers;
    if (!isAny) reply.header('vary', 'Origin');
    if (origin === undefined || !(isAny || origins.has(origin))) return;
    reply.headers({
      'access-control-allow-origin': isAny ? '*' : origin,
      'access-control-expose-headers': exposed,
      // The policy of an answer that nobody else may embed would take back what is allowed here.
      'cross-origin-resource-policy': 'cross-origin',
    });
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return;
    const asked = headers['access-control-request-headers'];
    reply.headers({
      'access-control-allow-methods': methods,
      'access-control-max-age': String(maxAgeSeconds),
      ...(asked !== undefined &&
        asked.length <= 1_000 &&
        headerNames.test(asked) && { 'access-control-allow-headers': asked }),
    });
  };
}
