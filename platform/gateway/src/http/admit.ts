import { requireIdempotencyKey } from '@mainstay/idempotency';
import { PlatformError, toPlatformError } from '@mainstay/kernel';
import type { Identity } from '@mainstay/kernel/context';
import type { Claim } from '@mainstay/rate-limit';
import type { Priority } from '@mainstay/resilience';
import { formatDegradation, rpcHeaders, rpcReasons } from '@mainstay/rpc';
import type { Dependencies } from '../degradation/dependencies.ts';
import { gatewayReasons } from '../errors.ts';
import type { Assignment } from '../exchange/assignment.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { GatewayRequest } from '../exchange/gateway-request.ts';
import { parsePreferWait } from '../exchange/prefer.ts';
import type { Reply } from '../exchange/reply.ts';
import type { FindApiKey } from '../identity/api-keys.ts';
import { authenticate, type TokenChecks } from '../identity/authenticate.ts';
import { anonymousCaller, type Caller } from '../identity/caller.ts';
import type { CallerBook } from '../identity/caller-book.ts';
import { type Clearances, widest } from '../identity/clearance.ts';
import { type Client, identifyClient } from '../identity/client.ts';
import { type LimitTools, takeCallerLimits, takeLimits } from '../limits/take-limits.ts';
import { requireAccess, requireScope } from '../routes/access.ts';
import type { Route } from '../routes/compile-routes.ts';
import type { RouteMatch, RouteMatcher } from '../routes/matcher.ts';
import { bearerOf } from '../sockets/handshake.ts';
import { versionHeader } from '../splits/compile-split.ts';
import type { SplitBook } from '../splits/split-book.ts';
import { requireJson } from '../transcode/media-type.ts';
import { readRequestDeadline, timeoutHeader } from './request-deadline.ts';
import { whenKnown } from './when-known.ts';

/** Longest wait for the end of a write that a client can ask for; services cap it to this too. */
const maxWriteWaitSeconds = 10;

/** What deciding about a request needs. */
export interface Admission extends TokenChecks {
  readonly apiKeys: FindApiKey;
  readonly limits: LimitTools;
  readonly matcher: RouteMatcher<Route>;
  readonly callers: CallerBook;
  readonly dependencies: Dependencies;
  readonly splits: Pick<SplitBook, 'isEmpty' | 'assign'>;
  readonly maxUrlLength: number;
  readonly clearances: Clearances;
  /** Throws when the process is too busy for a request of this priority. */
  readonly admitPriority: (priority: Priority) => void;
}

/** What is known about a request while it is decided about. */
interface Admitting {
  readonly admission: Admission;
  readonly exchange: Exchange;
  readonly request: GatewayRequest;
  readonly reply: Reply;
  readonly client: Client;
}

/**
 * Decides everything about a request that does not need its body: limits, route, identity, access, headers.
 *
 * The order is the cheapest first, so that an abuser costs a bucket and nothing more, and no byte of a body is read for
 * a request that is refused.
 *
 * Cost: no promise unless a shared limit, a token or a quota has to be asked for.
 *
 * A request that may be carried out is `admitted` in its exchange afterwards; without that it is answered (`OPTIONS`).
 *
 * @throws {@link PlatformError} for a refused request, also as a rejection; headers that belong to the refusal are set on the reply.
 */
export function admit(
  admission: Admission,
  exchange: Exchange,
  { request, reply }: { readonly request: GatewayRequest; readonly reply: Reply },
): void | Promise<void> {
  const client = identifyClient(admission.apiKeys, {
    apiKey: request.headers['x-api-key'],
    address: request.ip,
  });
  exchange.client = client;
  const match = findRoute(admission, exchange, request);
  const matched = match.kind === 'found' ? match.route : undefined;
  const admitting: Admitting = { admission, exchange, request, reply, client };
  const taking = takeLimits(admission.limits, { client, route: matched }, reply);
  return whenKnown(taking, (taken) =>
    match.kind === 'found' ? admitTo(match, admitting, taken) : refuse(match, admitting),
  );
}

/** Refuses a request without a route, unless it asks what there is. */
function refuse(match: Exclude<FoundRoute, { readonly kind: 'found' }>, { request, reply }: Admitting): void {
  if (match.kind === 'refused') throw match.error;
  if (match.kind === 'not_found')
    throw new PlatformError(gatewayReasons.ROUTE_NOT_FOUND, 'there is nothing at this path');
  reply.header('allow', match.allow.join(', '));
  if (request.method !== 'OPTIONS') {
    const message = `this path has ${match.allow.join(', ')} only`;
    throw new PlatformError(gatewayReasons.METHOD_NOT_ALLOWED, message);
  }
  reply.code(204).send();
}

/** Decides by the route and what the client sent to say who it is. */
function admitTo(match: RouteFound, admitting: Admitting, taken: readonly Claim[]): void | Promise<void> {
  const { admission, exchange, request, client } = admitting;
  const { route } = match;
  exchange.routeTemplate = route.template.source;
  requireScope(client.scopes, route);
  admission.admitPriority(route.policy.priority);
  const { headers, raw } = request;
  const authorization = headers['authorization'] ?? (raw.isWebSocket ? bearerOf(headers) : undefined);
  const token = authorization === undefined ? anonymousCaller : authenticate(authorization, route.policy, admission);
  return whenKnown(token, (caller) => admitCaller(match, admitting, { caller, taken }));
}

/** Decides about the caller, who is known now. */
function admitCaller(
  { route, pathValues }: RouteFound,
  { admission, exchange, request, reply, client }: Admitting,
  { caller: token, taken }: { readonly caller: Caller; readonly taken: readonly Claim[] },
): void | Promise<void> {
  const { identity } = token;
  if (token.scopes.length > 0) requireScope(token.scopes, route, 'access token');
  requireAccess(route.policy, identity);
  const idempotencyKey = readIdempotencyKey(route, request.headers['idempotency-key']);
  const isKeyed = route.policy.idempotency === 'keyed';
  const isQueued = route.hasDependencies && admission.dependencies.check(route);
  if (isQueued) reply.header(rpcHeaders.degraded, queuedDegradation);
  const dueAtMs = readRequestDeadline(request.headers[timeoutHeader], exchange.startedAtMs);
  const asked = isKeyed ? parsePreferWait(request.headers['prefer'], maxWriteWaitSeconds) : undefined;
  if (route.shape.body !== 'none' && !route.shape.isRaw && request.hasBody) {
    requireJson(request.headers['content-type'], request.headers['content-encoding']);
  }
  const taking = takeCallerLimits(admission.limits, { client, route, caller: token, taken }, reply);
  return whenKnown(taking, () => {
    const caller = admission.callers.of(identity, { tier: client.tier, tenant: client.tenant ?? token.tenant });
    const assignment = admission.splits.isEmpty ? undefined : assign(admission, { route, identity, client }, request);
    const [chosen] = assignment?.isChosen === true ? assignment.versions : [];
    if (chosen !== undefined) reply.header(versionHeader, chosen);
    exchange.admitted = {
      route,
      pathValues,
      identity: caller,
      assignment,
      endsAtMs: token.endsAtMs,
      clearance: widest(admission.clearances.of(token, client.scopes), route.policy.discloses),
      grants: admission.clearances.grantsOf(token, client.scopes),
      dueAtMs,
      metadata: metadataOf(request, exchange.mapped.metadata(caller)),
      idempotencyKey,
      // Its end cannot come yet.
      preferWaitSeconds: isQueued ? 0 : asked,
    };
  });
}

const queuedDegradation = formatDegradation({ policy: 'fallback', name: 'queued' });

/** Methods that name their service are not split: whoever asks means one thing. */
function assign(
  { splits }: Admission,
  { route, ...caller }: { readonly route: Route; readonly identity: Identity; readonly client: Client },
  { headers }: GatewayRequest,
): Assignment | undefined {
  if (route.targetOf !== undefined) return undefined;
  return splits.assign(route.serviceName, { ...caller, header: (name) => headers[name] });
}

/** What the header rules say; and services say errors in the language of the person behind the request. */
function metadataOf(
  { headers }: GatewayRequest,
  mapped: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  const language = headers['accept-language'];
  if (language !== undefined && /^[\x20-\x7e]{1,500}$/.test(language))
    return { [rpcHeaders.acceptLanguage]: language, ...mapped };
  for (const _ in mapped) return mapped;
  return undefined;
}

/** The route of a request, or why it can have none. */
type FoundRoute = RouteMatch<Route> | { readonly kind: 'refused'; readonly error: PlatformError };
type RouteFound = Extract<FoundRoute, { readonly kind: 'found' }>;

/** Finds the route of a request; one that can have none is refused only after it has paid. */
function findRoute({ matcher, maxUrlLength }: Admission, exchange: Exchange, request: GatewayRequest): FoundRoute {
  if (request.raw.target.length > maxUrlLength) {
    const message = `the URL is longer than ${maxUrlLength} characters`;
    return { kind: 'refused', error: new PlatformError(gatewayReasons.URL_TOO_LONG, message) };
  }
  try {
    return matcher.match(request.method, exchange.target.path);
  } catch (error) {
    return { kind: 'refused', error: toPlatformError(error) };
  }
}

function readIdempotencyKey(route: Route, header: string | undefined): string | undefined {
  if (header !== undefined) return requireIdempotencyKey(header);
  if (route.policy.idempotency !== 'keyed') return undefined;
  throw new PlatformError(
    rpcReasons.IDEMPOTENCY_KEY_REQUIRED,
    'send the header Idempotency-Key with a value of your own',
  );
}
