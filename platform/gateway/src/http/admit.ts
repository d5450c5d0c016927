import { requireIdempotencyKey } from '@mainstay/idempotency';
import type { Clock } from '@mainstay/kernel';
import { PlatformError } from '@mainstay/kernel';
import { type RateLimiter, rateLimitedError } from '@mainstay/rate-limit';
import type { Priority } from '@mainstay/resilience';
import { rpcHeaders, rpcReasons } from '@mainstay/rpc';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { gatewayReasons } from '../errors.ts';
import { requireAccess } from '../identity/access.ts';
import type { ApiKeyOwner } from '../identity/api-keys.ts';
import { authenticate } from '../identity/authenticate.ts';
import { type Client, identifyClient } from '../identity/client.ts';
import type { KeySetCache } from '../identity/key-set.ts';
import { rateLimitHeaders } from '../limits/rate-limit-headers.ts';
import type { Route } from '../routes/compile-routes.ts';
import type { RouteMatcher } from '../routes/matcher.ts';
import { requireJson } from '../transcode/media-type.ts';
import { announcesBody } from './body.ts';
import { type Exchange, headerOf } from './exchange.ts';
import { parsePreferWait } from './prefer.ts';

/** What deciding about a request needs. */
export interface Admission {
  readonly apiKeys: (key: string) => ApiKeyOwner | undefined;
  readonly limiter: RateLimiter;
  readonly matcher: RouteMatcher<Route>;
  readonly keySets: KeySetCache;
  readonly clock: Clock;
  readonly maxUrlLength: number;
  /** Told of each refusal by the limiter. */
  readonly onLimited: (client: Client) => void;
  /** Throws when the process is too busy for a request of this priority. */
  readonly admitPriority: (priority: Priority) => void;
}

/**
 * Decides everything about a request that does not need its body: limits, route, identity, access, headers.
 *
 * The order is the cheapest first, so that an abuser costs a bucket and nothing more, and no byte of a body is read for
 * a request that is refused.
 *
 * @returns true when the answer was sent already (`OPTIONS`).
 * @throws {@link PlatformError} for a refused request; headers that belong to the refusal are set on the reply.
 */
export async function admit(
  admission: Admission,
  exchange: Exchange,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<boolean> {
  takeToken(admission, exchange, { request, reply });
  if (request.originalUrl.length > admission.maxUrlLength) {
    const message = `the URL is longer than ${admission.maxUrlLength} characters`;
    throw new PlatformError(gatewayReasons.URL_TOO_LONG, message);
  }

  const match = admission.matcher.match(request.method, exchange.target.path);
  if (match.kind === 'not_found')
    throw new PlatformError(gatewayReasons.ROUTE_NOT_FOUND, 'there is nothing at this path');
  if (match.kind === 'not_allowed') {
    reply.header('allow', match.allow.join(', '));
    if (request.method === 'OPTIONS') {
      void reply.code(204).send();
      return true;
    }
    const message = `this path has ${match.allow.join(', ')} only`;
    throw new PlatformError(gatewayReasons.METHOD_NOT_ALLOWED, message);
  }

  const { route, pathValues } = match;
  exchange.routeTemplate = route.template.source;
  admission.admitPriority(route.policy.priority);
  const identity = await authenticate(headerOf(request.headers.authorization), route.policy, admission);
  requireAccess(route.policy, identity);
  const idempotencyKey = readIdempotencyKey(route, headerOf(request.headers['idempotency-key']));
  const isKeyed = route.policy.idempotency === 'keyed';
  const preferWaitSeconds = isKeyed ? parsePreferWait(headerOf(request.headers['prefer'])) : undefined;
  if (route.shape.body !== 'none' && !route.shape.isRaw && announcesBody(request)) {
    requireJson(request.headers['content-type'], headerOf(request.headers['content-encoding']));
  }
  const tier = exchange.client?.tier;
  const caller = tier === undefined ? identity : { ...identity, tier };
  exchange.admitted = {
    route,
    pathValues,
    identity: caller,
    metadata: { ...languageOf(request), ...exchange.mapped.metadata(caller) },
    idempotencyKey,
    preferWaitSeconds,
  };
  return false;
}

/** Services say errors in the language of the person behind the request. */
function languageOf({ headers }: FastifyRequest): Readonly<Record<string, string>> {
  const language = headers['accept-language'];
  return language !== undefined && /^[\x20-\x7e]{1,500}$/.test(language)
    ? { [rpcHeaders.acceptLanguage]: language }
    : {};
}

function takeToken(
  { apiKeys, limiter, onLimited }: Admission,
  exchange: Exchange,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): void {
  const client = identifyClient(apiKeys, { apiKey: headerOf(request.headers['x-api-key']), address: request.ip });
  exchange.client = client;
  const decision = limiter.check(client.id, client.tier);
  reply.headers(rateLimitHeaders(decision));
  if (!decision.allowed) {
    onLimited(client);
    throw rateLimitedError(decision);
  }
  if (client.keyRefused) throw new PlatformError(gatewayReasons.API_KEY_INVALID, 'the API key is not known');
}

function readIdempotencyKey(route: Route, header: string | undefined): string | undefined {
  if (header !== undefined) return requireIdempotencyKey(header);
  if (route.policy.idempotency !== 'keyed') return undefined;
  throw new PlatformError(
    rpcReasons.IDEMPOTENCY_KEY_REQUIRED,
    'send the header Idempotency-Key with a value of your own',
  );
}
