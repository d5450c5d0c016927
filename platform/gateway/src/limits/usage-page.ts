import { PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { GatewayRequest } from '../exchange/gateway-request.ts';
import type { Reply } from '../exchange/reply.ts';
import type { FindApiKey } from '../identity/api-keys.ts';
import { type Client, identifyClient } from '../identity/client.ts';
import { type LimitTools, takeLimits } from './take-limits.ts';

/** Where a client reads what it has left. */
export const usagePath = '/usage';

/** What a client has left, as its JSON. */
interface Usage {
  readonly tier: string;
  /** One for each limit that can refuse this client, those of single routes among them. */
  readonly limits: readonly {
    readonly name: string;
    readonly limit_per_minute: number;
    readonly burst: number;
    readonly remaining: number;
    /** Seconds until all is there again. */
    readonly reset_after: number;
  }[];
  /** Calls of this month; null where the tier may make any number, or nobody counts them. */
  readonly quota: {
    readonly limit: number;
    /** Null while the record cannot be read. */
    readonly remaining: number | null;
    /** Seconds until the next month begins; null likewise. */
    readonly reset_after: number | null;
  } | null;
}

/**
 * Answers with what the client has left. Asking costs one call of the client's rate, none of a route and none of the month.
 *
 * @throws {@link PlatformError} `METHOD_NOT_ALLOWED`, `RATE_LIMITED`, or `API_KEY_INVALID`.
 */
export async function sendUsage(
  { apiKeys, limits: tools }: { readonly apiKeys: FindApiKey; readonly limits: LimitTools },
  exchange: Exchange,
  { request, reply }: { readonly request: GatewayRequest; readonly reply: Reply },
): Promise<void> {
  exchange.routeTemplate = usagePath;
  const client = identifyClient(apiKeys, { apiKey: request.headers['x-api-key'], address: request.ip });
  exchange.client = client;
  await takeLimits(tools, { client, route: undefined }, reply);
  if (request.method === 'GET' || request.method === 'HEAD') {
    const usage = await readUsage(tools, client);
    reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(usage));
    return;
  }
  reply.header('allow', 'GET, HEAD, OPTIONS');
  if (request.method !== 'OPTIONS') {
    throw new PlatformError(gatewayReasons.METHOD_NOT_ALLOWED, 'this path has GET, HEAD, OPTIONS only');
  }
  reply.code(204).send();
}

async function readUsage({ limiter, limits, quotas }: LimitTools, client: Client): Promise<Usage> {
  const { names, claims } = limits.looks(client);
  const { standings } = await limiter.take(claims);
  const quota = limits.monthlyQuota(client);
  const left = quotas === undefined || quota === null ? undefined : await quotas.look(client.id, quota);
  return {
    tier: client.tier,
    limits: standings.map(({ limitPerMinute, burst, remaining, resetInMs }, at) => ({
      name: names[at] ?? '',
      limit_per_minute: limitPerMinute,
      burst,
      remaining,
      reset_after: Math.ceil(resetInMs / 1_000),
    })),
    quota:
      quotas === undefined || quota === null
        ? null
        : {
            limit: quota,
            remaining: left?.remaining ?? null,
            reset_after: left === undefined ? null : Math.ceil(left.resetInMs / 1_000),
          },
  };
}
