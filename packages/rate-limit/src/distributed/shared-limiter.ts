import { type Clock, optionError, systemClock } from '@mainstay/kernel';
import type { Claim } from '../claim.ts';
import { type Decision, decide } from '../decision.ts';
import type { RateLimiter, RateLimiterStats } from '../rate-limiter.ts';
import { BucketServer } from './bucket-server.ts';
import { type LeaseOptions, Leases } from './leases.ts';
import { createLocalShare, type LocalShare } from './local-share.ts';
import type { RedisPort } from './redis-port.ts';

/** Options of {@link startSharedLimiter}. */
export interface SharedLimiterOptions {
  readonly redis: RedisPort;
  /** First part of all keys in Redis, default `rate-limit:`. */
  readonly prefix?: string;
  /** Longest wait for Redis in milliseconds, default 100; what waits longer is decided here. */
  readonly timeoutMs?: number;
  /** Time between two looks whether a lost Redis is back, in milliseconds, default 500. */
  readonly retryMs?: number;
  /** Replicas that share the limits at least, default 1; those that are heard of count when they are more. */
  readonly minReplicas?: number;
  /** Takes tokens of busy buckets ahead; absent: each request asks. */
  readonly leases?: LeaseOptions;
  /** Most buckets held here while Redis is lost, default 100,000. */
  readonly maxKeys?: number;
  readonly clock?: Clock;
  /** Told when Redis is lost and when it is back. */
  readonly onChange?: (state: 'reachable' | 'lost') => void;
}

/** Figures of a shared limiter. */
export interface SharedLimiterStats extends RateLimiterStats {
  readonly state: 'reachable' | 'lost';
  /** Replicas that share the limits, as last heard. */
  readonly replicas: number;
  /** Buckets of which tokens are held ahead. */
  readonly leases: number;
}

/** A limiter whose buckets all replicas share; disposing gives leased tokens back. */
export interface SharedLimiter extends RateLimiter, AsyncDisposable {
  stats(): SharedLimiterStats;
}

const idleMs = 3_600_000;

/**
 * Starts a limiter whose buckets are in Redis, so that n processes together admit what one limit allows.
 *
 * One atomic script decides, by the server's clock: what clocks of the processes say does not matter. While Redis is lost each
 * process admits its share, limit / replicas, and nobody waits; it is used again within `retryMs` of its return. Each change
 * between the two may admit one burst more, because neither side knows what the other has given. The start waits for Redis, 2 s at
 * most.
 *
 * Cost: one round trip a request at most, and one for all requests of a turn of the event loop; none with leases where tokens
 * are at hand.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for an option outside its range.
 */
export async function startSharedLimiter(options: SharedLimiterOptions): Promise<SharedLimiter> {
  const { redis, prefix = 'rate-limit:', onChange = () => undefined, clock = systemClock } = options;
  const server = new BucketServer({
    redis,
    prefix,
    timeoutMs: atLeastOne('timeoutMs', options.timeoutMs ?? 100),
    retryMs: atLeastOne('retryMs', options.retryMs ?? 500),
    minReplicas: atLeastOne('minReplicas', options.minReplicas ?? 1),
    clock,
    onChange,
  });
  const share = createLocalShare(clock, { maxKeys: options.maxKeys ?? 100_000, idleMs });
  await server.opened();
  const leases = options.leases === undefined ? undefined : new Leases(server, { ...options.leases, clock });
  return {
    take(claims) {
      checkCosts(claims);
      if (!server.isReachable) return share.take(claims, server.replicas);
      return leases?.take(claims) ?? askServer(claims, { server, share, leases });
    },
    giveBack(claims) {
      if (server.isReachable) void server.ask(claims.map(reversed), claims.map(none));
      else share.giveBack(claims, server.replicas);
    },
    stats: () => ({
      ...share.stats(),
      state: server.isReachable ? 'reachable' : 'lost',
      replicas: server.replicas,
      leases: leases?.size ?? 0,
    }),
    async [Symbol.asyncDispose]() {
      await leases?.[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function askServer(
  claims: readonly Claim[],
  {
    server,
    share,
    leases,
  }: { readonly server: BucketServer; readonly share: LocalShare; readonly leases: Leases | undefined },
): Promise<Decision> {
  const answer = await (leases?.ask(claims) ?? server.ask(claims, claims.map(none)));
  if (answer === undefined) return share.take(claims, server.replicas);
  const levels = claims.map(({ limit }, i) => ({ limit, missing: answer.missing[i]! }));
  return decide(claims, levels, answer);
}

function none(): number {
  return 0;
}

function reversed(claim: Claim): Claim {
  return { ...claim, cost: -claim.cost };
}

function checkCosts(claims: readonly Claim[]): void {
  for (const { cost } of claims) {
    if (!(cost >= 0 && cost < Number.POSITIVE_INFINITY)) {
      throw optionError('rate limit cost', 'a number of at least 0', cost);
    }
  }
}

function atLeastOne(name: string, value: number): number {
  if (!Number.isFinite(value) || value < 1) throw optionError(`rateLimiter.${name}`, 'a number of at least 1', value);
  return value;
}
