import { PlatformError } from '@mainstay/kernel';
import type { Identity } from '@mainstay/kernel/context';
import { type Claim, type Decision, type RateLimiter, rateLimitedError } from '@mainstay/rate-limit';
import { gatewayReasons } from '../errors.ts';
import type { Reply } from '../http/reply.ts';
import type { Client } from '../identity/client.ts';
import { quotaHeaders } from '../quotas/quota-headers.ts';
import { type Quotas, quotaError } from '../quotas/quotas.ts';
import type { Route } from '../routes/compile-routes.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
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
export async function takeLimits(
  tools: LimitTools,
  { client, route }: { readonly client: Client; readonly route: Route | undefined },
  reply: Reply,
): Promise<readonly Claim[]> {
  const claims = tools.limits.claims(client, route);
  await takeAll(tools, { client, claims }, reply);
  if (client.keyRefused) throw new PlatformError(gatewayReasons.API_KEY_INVALID, 'the API key is not known');
  return claims;
}

/**
 * Takes what is known about the caller now: the limit of a user and the quota of the month. When one refuses, the tokens that
 * were taken before go back.
 *
 * @throws {@link PlatformError} `resource_exhausted` / `RATE_LIMITED` or `QUOTA_EXHAUSTED`.
 */
export async function takeCallerLimits(
  tools: LimitTools,
  request: {
    readonly client: Client;
    readonly route: Route;
    readonly identity: Identity;
    readonly taken: readonly Claim[];
  },
  reply: Reply,
): Promise<void> {
  const { client, route, identity, taken } = request;
  const { limiter, limits, quotas, onLimited } = tools;
  const claim = identity.userId === undefined ? undefined : limits.userClaim(identity.userId, route);
  if (claim !== undefined) {
    try {
      await takeAll(tools, { client, claims: [claim] }, reply);
    } catch (error) {
      limiter.giveBack(taken);
      throw error;
    }
  }
  const quota = limits.monthlyQuota(client);
  if (quotas === undefined || quota === null) return;
  const asked = quotas.take(client.id, quota);
  const decision = asked instanceof Promise ? await asked : asked;
  reply.headers(quotaHeaders(decision));
  if (decision.allowed) return;
  limiter.giveBack(claim === undefined ? taken : [...taken, claim]);
  onLimited(client, 'quota');
  throw quotaError(decision);
}

async function takeAll(
  { limiter, onLimited }: LimitTools,
  { client, claims }: { readonly client: Client; readonly claims: readonly Claim[] },
  reply: Reply,
): Promise<void> {
  const asked = limiter.take(claims);
  const decision: Decision = asked instanceof Promise ? await asked : asked;
  // What refuses tells of itself; what admits does not hide the tighter limit that was told of before.
  if (!decision.allowed || !reply.hasHeader('x-ratelimit-limit')) reply.headers(rateLimitHeaders(decision));
  if (decision.allowed) return;
  onLimited(client, decision.by.name);
  throw rateLimitedError(decision);
}
