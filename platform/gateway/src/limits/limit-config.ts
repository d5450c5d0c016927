import { address, defineConfig, integer } from '@mainstay/config';
import { defaultTiers } from '@mainstay/rate-limit';
import { z } from 'zod';

const limit = { limit_per_minute: z.number().positive(), burst: integer({ min: 1 }) };
const tier = z.strictObject({ ...limit, monthly_quota: integer({ min: 1 }).nullable().default(null) });
const other = z.strictObject(limit).nullable();
const route = z
  .strictObject({
    cost: integer({ min: 1, max: 1_000 }).optional(),
    limit_per_minute: limit.limit_per_minute.optional(),
    burst: limit.burst.optional(),
  })
  .refine((value) => (value.limit_per_minute === undefined) === (value.burst === undefined), {
    error: 'limit_per_minute and burst belong together',
  });

/** Calls in a calendar month that the platform's tiers may make; a tier that is not named has no quota. */
const defaultQuotas: Readonly<Record<string, number>> = { anonymous: 1_000, free: 10_000, professional: 1_000_000 };

const tiers = Object.fromEntries(
  Object.entries(defaultTiers).map(([name, { limitPerMinute, burst }]) => [
    name,
    { limit_per_minute: limitPerMinute, burst, monthly_quota: defaultQuotas[name] ?? null },
  ]),
);

/** Keys of the configuration that say how much clients may use. */
export const limitConfig = defineConfig({
  name: 'gateway',
  keys: {
    'limits.tiers': {
      schema: z.record(z.string(), tier),
      default: tiers,
      description: 'Limits by tier as {limit_per_minute, burst, monthly_quota}; must have anonymous; no quota is null',
      reloadable: true,
    },
    'limits.address': {
      schema: other,
      default: null,
      description: 'Limit of each network address over all its keys, as {limit_per_minute, burst}; null for none',
      reloadable: true,
    },
    'limits.user': {
      schema: other,
      default: null,
      description: 'Limit of each signed-in user over all keys; null for none',
      reloadable: true,
    },
    'limits.tenant': {
      schema: other,
      default: null,
      description: 'Limit of each tenant over all its keys; null for none',
      reloadable: true,
    },
    'limits.routes': {
      schema: z.record(z.string().regex(/^[A-Z]+ \/\S*$/), route),
      default: {},
      description:
        'Single routes by method and template, as {cost, limit_per_minute, burst}: calls that one counts as, and a limit of each client there',
      reloadable: true,
    },
    'limits.max_buckets': {
      schema: integer({ min: 1 }),
      default: 100_000,
      description: 'Most buckets that this process remembers; beyond it new clients share one',
      reloadable: false,
    },
    'limits.redis_url': {
      schema: address(['redis', 'rediss']).optional(),
      secret: true,
      description: 'redis://user:password@host:port that replicas share limits over; without it each has its own',
      reloadable: false,
    },
    'limits.redis_timeout_ms': {
      schema: integer({ min: 1 }),
      default: 100,
      unit: 'ms',
      description: 'Longest wait for Redis, after which each replica decides by its share of the limits',
      reloadable: false,
    },
    'limits.lease_ms': {
      schema: integer({ min: 0, max: 10_000 }),
      default: 0,
      unit: 'ms',
      description: 'Tokens that a replica takes ahead, as the time that brings as many; 0 asks Redis for each request',
      reloadable: false,
    },
    'limits.min_replicas': {
      schema: integer({ min: 1 }),
      default: 1,
      description: 'Replicas that share the limits at least, also when others have not been heard of',
      reloadable: false,
    },
    'quotas.block': {
      schema: integer({ min: 1, max: 10_000 }),
      default: 1,
      description:
        'Calls of a monthly quota recorded ahead at once; more are faster, and a killed process loses the rest of a block',
      reloadable: false,
    },
  },
});
