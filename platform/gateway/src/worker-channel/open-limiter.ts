import { type Clock, type Logger, PlatformError } from '@mainstay/kernel';
import { createLocalLimiter, type RateLimiter, startSharedLimiter } from '@mainstay/rate-limit';
import { gatewayReasons } from '../errors.ts';
import { channelToPrimary } from './channel-to-primary.ts';
import { createWorkerLimiter } from './worker-limiter.ts';

/** Where buckets are kept. */
export interface LimiterSettings {
  readonly maxBuckets: number;
  /** Undefined keeps them in this process. */
  readonly redisUrl: string | undefined;
  readonly redisTimeoutMs: number;
  /** 0 asks for each request. */
  readonly leaseMs: number;
  readonly minReplicas: number;
}

/**
 * Makes the limiter of this gateway: of its own, shared by its workers, or shared with other replicas over Redis.
 *
 * Redis need not be there: the start waits 2 s for it at most.
 *
 * @throws {@link PlatformError} `failed_precondition` / `REDIS_CLIENT_MISSING` when its client is not installed.
 */
export async function openLimiter(
  settings: LimiterSettings,
  { clock, logger, parts }: { readonly clock: Clock; readonly logger: Logger; readonly parts: AsyncDisposableStack },
): Promise<RateLimiter> {
  const { maxBuckets: maxKeys, redisUrl, redisTimeoutMs: timeoutMs, leaseMs, minReplicas } = settings;
  if (redisUrl === undefined) {
    const channel = channelToPrimary();
    return channel === undefined
      ? createLocalLimiter({ clock, maxKeys })
      : createWorkerLimiter(channel, { clock, maxKeys });
  }
  const { openRedis } = await loadRedis();
  const redis = openRedis({
    url: redisUrl,
    onError: (error) => logger.debug('connection to Redis failed', { error }),
  });
  parts.use(redis);
  return parts.use(
    await startSharedLimiter({
      redis,
      prefix: 'mainstay:limits:',
      timeoutMs,
      minReplicas,
      maxKeys,
      ...(leaseMs > 0 && { leases: { aheadMs: leaseMs } }),
      clock,
      onChange: (state) =>
        state === 'lost'
          ? logger.warn('Redis is lost, limits are divided by the replicas')
          : logger.info('Redis is reachable, limits are shared'),
    }),
  );
}

/** Loads the client only where it is used: it is an optional dependency. */
async function loadRedis(): Promise<typeof import('@mainstay/rate-limit/redis')> {
  try {
    return await import('@mainstay/rate-limit/redis');
  } catch (cause) {
    const message = 'limits.redis_url is set, and the package @redis/client is not installed';
    throw new PlatformError(gatewayReasons.REDIS_CLIENT_MISSING, message, { cause });
  }
}
