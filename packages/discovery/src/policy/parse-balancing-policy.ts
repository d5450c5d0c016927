import { PlatformError } from '@mainstay/kernel';
import { z } from 'zod';
import { discoveryReasons } from '../errors.ts';
import { type BalancingPolicy, policyNames } from './balancing-policy.ts';

const count = (min: number, max: number) => z.number().int().min(min).max(max);
const ms = (min: number) => z.number().min(min).max(86_400_000);
const percent = z.number().min(0).max(100);
/** A group that may be left out is filled in field by field. */
const group = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape).prefault({} as never);

const affinityKey = z.discriminatedUnion('from', [
  z.strictObject({
    from: z.literal('header'),
    name: z
      .string()
      .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header')
      .transform((name) => name.toLowerCase()),
  }),
  z.strictObject({ from: z.literal('user') }),
  z.strictObject({ from: z.literal('idempotency_key') }),
]);

const schema = z
  .strictObject({
    policy: z.enum(policyNames),
    leastRequest: group({ choices: count(2, 16).default(2) }),
    ringHash: group({
      pointsPerEndpoint: count(1, 1_024).default(128),
      maxLoadRatio: z.number().min(1).max(100).default(1.25),
      key: affinityKey.optional(),
    }),
    zone: group({
      preferLocal: z.boolean().default(false),
      overprovisioningRatio: z.number().min(1).max(100).default(1.4),
    }),
    slowStart: group({
      windowMs: ms(0).default(10_000),
      minWeightRatio: z.number().min(0.01).max(1).default(0.1),
      aggression: z.number().min(1).max(10).default(1),
    }),
    outlier: group({
      consecutiveErrors: count(0, 1_000).default(5),
      intervalMs: ms(1).default(30_000),
      baseEjectionMs: ms(1).default(30_000),
      maxEjectionMs: ms(1).default(300_000),
      maxEjectionPercent: percent.default(50),
      successRate: z
        .strictObject({
          minEndpoints: count(2, 100_000).default(5),
          minCalls: count(1, 1_000_000).default(100),
          deviations: z.number().min(0.1).max(10).default(1.9),
        })
        .optional(),
    }),
    panicThresholdPercent: percent.default(50),
    subsetSize: count(0, 100_000).default(0),
    pool: group({
      maxConnections: count(0, 1_000_000).default(0),
      maxConnectionsPerEndpoint: count(1, 1_000).default(1),
      maxRequests: count(0, 10_000_000).default(0),
      maxRequestsPerConnection: count(0, 1_000_000_000).default(0),
      connectTimeoutMs: ms(1).default(2_000),
    }),
    waitForReady: z.boolean().default(false),
    refuseHopeless: z.boolean().default(true),
  })
  .refine(({ outlier }) => outlier.maxEjectionMs >= outlier.baseEjectionMs, {
    path: ['outlier', 'maxEjectionMs'],
    message: 'must be at least outlier.baseEjectionMs',
  })
  .refine(({ policy, ringHash }) => policy === 'ring_hash' || ringHash.key === undefined, {
    path: ['ringHash', 'key'],
    message: 'has a meaning under the policy ring_hash only',
  });

/**
 * Reads the description of a balancing policy, from a file or from code, and fills in the defaults.
 *
 * Unknown names are refused, so that a slip of the pen does not become a default.
 *
 * @throws {@link PlatformError} `invalid_argument` / `BALANCING_POLICY_INVALID` with every problem as a violation.
 * @example
 * const policy = parseBalancingPolicy({ policy: 'least_request', outlier: { consecutiveErrors: 3 } });
 */
export function parseBalancingPolicy(description: unknown): BalancingPolicy {
  const result = schema.safeParse(description);
  if (result.success) return result.data as BalancingPolicy;
  const violations = result.error.issues.map(({ path, code, message }) => ({
    field: path.map(String).join('.'),
    rule: code,
    message,
  }));
  const shown = violations.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ');
  throw new PlatformError(discoveryReasons.BALANCING_POLICY_INVALID, `balancing policy: ${shown}`, { violations });
}
