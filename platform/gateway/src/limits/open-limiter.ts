import type { Clock, Logger } from '@mainstay/kernel';
import { createLocalLimiter, type RateLimiter, startSharedLimiter } from '@mainstay/rate-limit';

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
 * Makes the limiter of this gateway: of its own, or shared with other replicas over Redis.
 *
 * Redis need not be there: the start waits 2 s for it at most.
 */
export async function openLimiter(
  settings: LimiterSettings,
  { clock, logger, parts }: { readonly clock: Clock; readonly logger: Logger; readonly parts: AsyncDisposableStack },
): Promise<RateLimiter> {
  const { maxBuckets: maxKeys, redisUrl, redisTimeoutMs: timeoutMs, leaseMs, minReplicas } = settings;
  if (redisUrl === undefined) return createLocalLimiter({ clock, maxKeys });
  // Loaded only where it is used: the client is an optional dependency.
  const { openRedis } = await import('@mainstay/rate-limit/redis');
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
