import type { ConfigOf } from '@mainstay/config';
import type { Limit } from '@mainstay/rate-limit';
import { parseHeaderRules } from '@mainstay/rpc';
import type { gatewayConfig } from './config.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { writtenHeader } from './http/usual-headers.ts';
import type { LimitSettings, RouteLimit } from './limits/request-limits.ts';
import type { ProtectionSettings } from './protection/protection.ts';
import type { LimiterSettings } from './worker-channel/open-limiter.ts';

type Config = ConfigOf<typeof gatewayConfig>;

/** The part of a gateway's options that is configuration alone. */
export type GatewaySettings = Pick<
  GatewayOptions,
  | 'keptAnswersBytes'
  | 'dependencies'
  | 'usage'
  | 'protection'
  | 'streams'
  | 'answers'
  | 'clearances'
  | 'highRoles'
  | 'origins'
  | 'keySet'
  | 'limits'
  | 'headers'
>;

/** Reads the configuration into settings; names lose their snake case, values stay. */
export function toSettings(config: Config): GatewaySettings {
  return {
    usage: toLimitSettings(config),
    protection: toProtectionSettings(config),
    keptAnswersBytes: config['cache.max_bytes'],
    dependencies: {
      whenAway: config['degradation.when_away'],
      retryAfterMs: config['degradation.retry_after_ms'],
    },
    headers: {
      rules: parseHeaderRules([
        ...config['headers.rules'],
        ...(config['headers.written_tokens'] ? [writtenHeader] : []),
      ]),
      skipPaths: config['headers.skip_paths'],
      overwriteExisting: config['headers.overwrite_existing'],
      debug: config['headers.debug'],
    },
    answers: { compress: config['compression.mode'], fromBytes: config['compression.from_bytes'] },
    clearances: config['masking.clearances'],
    highRoles: config['masking.high_roles'],
    origins: config['cors.origins'],
    streams: {
      heartbeatMs: config['streams.heartbeat_ms'],
      maxOpen: config['streams.max_open'],
      maxOpenPerClient: config['streams.max_open_per_client'],
      uploadLimitBytes: config['streams.upload_limit_bytes'],
    },
    keySet: {
      minPauseMs: config['identity.key_pause_ms'],
      maxAgeMs: config['identity.key_max_age_ms'],
      keepMs: config['identity.issuer_keep_ms'],
      timeoutMs: config['identity.issuer_timeout_ms'],
    },
    limits: {
      bodyLimitBytes: config['server.body_limit_bytes'],
      maxUrlLength: config['server.max_url_length'],
      headersTimeoutMs: config['server.headers_timeout_ms'],
      requestTimeoutMs: config['server.request_timeout_ms'],
      keepAliveMs: config['server.keep_alive_ms'],
      drainIdleMs: config['server.drain_idle_ms'],
      trustedProxies: config['server.trusted_proxies'],
    },
  };
}

/** What stands between routes and services. */
export function toProtectionSettings(config: Config): ProtectionSettings {
  return {
    circuits: {
      scope: config['circuit.scope'],
      perTenant: config['circuit.per_tenant'],
      openMs: config['circuit.open_ms'],
      failureStreak: config['circuit.failure_streak'],
      minimumCalls: config['circuit.minimum_calls'],
      services: config['circuit.services'],
    },
    bulkhead: {
      scope: config['bulkhead.scope'],
      maxConcurrent: config['bulkhead.max_concurrent'],
      maxQueued: config['bulkhead.max_queued'],
      queueTimeoutMs: config['bulkhead.queue_timeout_ms'],
    },
    concurrency: config['concurrency'],
    adaptiveTimeout: config['adaptive_timeout'],
  };
}

/** How much clients may use. */
export function toLimitSettings(config: Config): LimitSettings {
  const [address, user, tenant] = [config['limits.address'], config['limits.user'], config['limits.tenant']];
  return {
    tiers: mapValues(config['limits.tiers'], (tier) => ({ ...toLimit(tier), monthlyQuota: tier.monthly_quota })),
    ...(address !== null && { address: toLimit(address) }),
    ...(user !== null && { user: toLimit(user) }),
    ...(tenant !== null && { tenant: toLimit(tenant) }),
    routes: mapValues(config['limits.routes'], toRouteLimit),
  };
}

/** Where the buckets of limits are kept. */
export function toLimiterSettings(config: Config): LimiterSettings {
  return {
    maxBuckets: config['limits.max_buckets'],
    redisUrl: config['limits.redis_url'],
    redisTimeoutMs: config['limits.redis_timeout_ms'],
    leaseMs: config['limits.lease_ms'],
    minReplicas: config['limits.min_replicas'],
  };
}

function toLimit(limit: { readonly limit_per_minute: number; readonly burst: number }): Limit {
  return { limitPerMinute: limit.limit_per_minute, burst: limit.burst };
}

function toRouteLimit({ cost, limit_per_minute: limitPerMinute, burst }: Config['limits.routes'][string]): RouteLimit {
  return {
    ...(cost !== undefined && { cost }),
    ...(limitPerMinute !== undefined && burst !== undefined && { limit: { limitPerMinute, burst } }),
  };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
