import { PlatformError } from '@mainstay/kernel';
import { type Claim, type Decision, type RateLimiter, rateLimitedError } from '@mainstay/rate-limit';
import { gatewayReasons } from '../errors.ts';
import type { Reply } from '../exchange/reply.ts';
import type { Caller } from '../identity/caller.ts';
import type { Client } from '../identity/client.ts';
import { quotaHeaders } from '../quotas/quota-headers.ts';
import { type Quotas, quotaError } from '../quotas/quotas.ts';
import type { Route } from '../routes/compile-routes.ts';
import { setRateLimitHeaders } from './rate-limit-headers.ts';
import type { RequestLimits } from './request-limits.ts';

/** What limits requests. */
export interface LimitTools {
  readonly limiter: RateLimiter;
  readonly limits: RequestLimits;
  /** Undefined where nothing can be recorded. */
  readonly quotas: Quotas | undefined;
  /** Told of each refusal, by a limit or by the quota. */
  readonly onLimited: (client: Client, by: string) => void;
}

/**
 * Takes what a request costs from every limit that is known before its caller is identified by a token; sets the headers.
 *
 * @returns the claims, so that they can be given back.
 * @throws {@link PlatformError} `resource_exhausted` / `RATE_LIMITED`, or `unauthenticated` / `API_KEY_INVALID` for a key that
 * nobody was given: guessing keys is limited, too.
 */
export function takeLimits(
  tools: LimitTools,
  { client, route }: { readonly client: Client; readonly route: Route | undefined },
  reply: Reply,
): readonly Claim[] | Promise<readonly Claim[]> {
  const claims = tools.limits.claims(client, route);
  const taking = takeAll(tools, { client, claims }, reply);
  return taking === undefined ? withKnownKey(client, claims) : taking.then(() => withKnownKey(client, claims));
}

function withKnownKey({ keyRefused }: Client, claims: readonly Claim[]): readonly Claim[] {
  if (keyRefused) throw new PlatformError(gatewayReasons.API_KEY_INVALID, 'the API key is not known');
  return claims;
}

/** A request whose caller is known. */
export interface CallerRequest {
  readonly client: Client;
  readonly route: Route;
  readonly caller: Caller;
  /** What it claimed before. */
  readonly taken: readonly Claim[];
}

/**
 * Takes what is known about the caller now: the limits of a user and of a token's tenant, and the quota of the month. When one refuses, the tokens that
 * were taken before go back.
 *
 * @throws {@link PlatformError} `resource_exhausted` / `RATE_LIMITED` or `QUOTA_EXHAUSTED`.
 */
export function takeCallerLimits(tools: LimitTools, request: CallerRequest, reply: Reply): Promise<void> | undefined {
  const { client, route, caller } = request;
  const { limits, quotas } = tools;
  const claims = limits.callerClaims(client, caller, route);
  const quota = quotas === undefined ? null : limits.monthlyQuota(client);
  return claims.length === 0 && quota === null ? undefined : takeOfCaller(tools, { ...request, claims, quota }, reply);
}

async function takeOfCaller(
  { quotas, ...tools }: LimitTools,
  request: CallerRequest & { readonly claims: readonly Claim[]; readonly quota: number | null },
  reply: Reply,
): Promise<void> {
  const { client, taken, claims, quota } = request;
  const { limiter, onLimited } = tools;
  if (claims.length > 0) {
    try {
      await takeAll(tools, { client, claims }, reply);
    } catch (error) {
      limiter.giveBack(taken);
      throw error;
    }
  }
  if (quotas === undefined || quota === null) return;
  const asked = quotas.take(client.id, quota);
  const decision = asked instanceof Promise ? await asked : asked;
  reply.headers(quotaHeaders(decision));
  if (decision.allowed) return;
  limiter.giveBack([...taken, ...claims]);
  onLimited(client, 'quota');
  throw quotaError(decision);
}

/** Undefined when the limiter answered at once. */
function takeAll(
  { limiter, onLimited }: Pick<LimitTools, 'limiter' | 'onLimited'>,
  { client, claims }: { readonly client: Client; readonly claims: readonly Claim[] },
  reply: Reply,
): Promise<void> | undefined {
  const heed = (decision: Decision): void => {
    // What refuses tells of itself; what admits does not hide the tighter limit that was told of before.
    if (!decision.allowed || !reply.hasHeader('x-ratelimit-limit')) setRateLimitHeaders(reply, decision);
    if (decision.allowed) return;
    onLimited(client, decision.by.name);
    throw rateLimitedError(decision);
  };
  const asked = limiter.take(claims);
  if (asked instanceof Promise) return asked.then(heed);
  heed(asked);
  return undefined;
}
