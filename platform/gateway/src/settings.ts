import type { ConfigOf } from '@mainstay/config';
import type { Tiers } from '@mainstay/rate-limit';
import type { CircuitSettings } from '@mainstay/resilience';
import { parseHeaderRules } from '@mainstay/rpc';
import type { gatewayConfig } from './config.ts';
import type { GatewayOptions } from './gateway.ts';

type Config = ConfigOf<typeof gatewayConfig>;

/** The part of a gateway's options that is configuration alone. */
export type GatewaySettings = Pick<
  GatewayOptions,
  'tiers' | 'maxBuckets' | 'protection' | 'streams' | 'answers' | 'origins' | 'keySet' | 'limits' | 'headers'
>;

/** Reads the configuration into settings; names lose their snake case, values stay. */
export function toSettings(config: Config): GatewaySettings {
  return {
    tiers: toTiers(config['limits.tiers']),
    maxBuckets: config['limits.max_buckets'],
    protection: {
      circuits: {
        openMs: config['circuit.open_ms'],
        failureStreak: config['circuit.failure_streak'],
        minimumCalls: config['circuit.minimum_calls'],
        services: mapValues(config['circuit.services'], toCircuitSettings),
      },
      bulkhead: {
        maxConcurrent: config['bulkhead.max_concurrent'],
        maxQueued: config['bulkhead.max_queued'],
        queueTimeoutMs: config['bulkhead.queue_timeout_ms'],
      },
      staleMaxAgeMs: config['stale.max_age_ms'],
    },
    headers: {
      rules: parseHeaderRules(config['headers.rules']),
      skipPaths: config['headers.skip_paths'],
      overwriteExisting: config['headers.overwrite_existing'],
      debug: config['headers.debug'],
    },
    answers: { compress: config['compression.mode'], fromBytes: config['compression.from_bytes'] },
    origins: config['cors.origins'],
    streams: {
      heartbeatMs: config['streams.heartbeat_ms'],
      maxOpen: config['streams.max_open'],
      maxOpenPerClient: config['streams.max_open_per_client'],
      uploadLimitBytes: config['streams.upload_limit_bytes'],
    },
    keySet: { minPauseMs: config['identity.key_pause_ms'], maxAgeMs: config['identity.key_max_age_ms'] },
    limits: {
      bodyLimitBytes: config['server.body_limit_bytes'],
      maxUrlLength: config['server.max_url_length'],
      headersTimeoutMs: config['server.headers_timeout_ms'],
      requestTimeoutMs: config['server.request_timeout_ms'],
      keepAliveMs: config['server.keep_alive_ms'],
      trustedProxies: config['server.trusted_proxies'],
    },
  };
}

function toTiers(tiers: Config['limits.tiers']): Tiers {
  return mapValues(tiers, ({ limit_per_minute: limitPerMinute, burst }) => ({ limitPerMinute, burst }));
}

function toCircuitSettings(circuit: Config['circuit.services'][string]): CircuitSettings {
  return {
    ...(circuit.open_ms !== undefined && { openMs: circuit.open_ms }),
    ...(circuit.failure_streak !== undefined && { failureStreak: circuit.failure_streak }),
    ...(circuit.failure_ratio !== undefined && { failureRatio: circuit.failure_ratio }),
    ...(circuit.minimum_calls !== undefined && { minimumCalls: circuit.minimum_calls }),
    ...(circuit.slow_call_ms !== undefined && { slowCallMs: circuit.slow_call_ms }),
  };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
