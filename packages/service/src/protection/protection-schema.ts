import { choice, decimal, flag, integer, ratio } from '@mainstay/config';
import { toPlatformError } from '@mainstay/kernel';
import {
  type AdaptiveLimitOptions,
  type CircuitSettings,
  createCircuitBreaker,
  createConcurrencyLimiter,
  createTimeout,
} from '@mainstay/resilience';
import { z } from 'zod';
import { toCamelCase, toSnakeCase, withNames } from '../upstreams/key-case.ts';
import type { BulkheadPolicy, CircuitPolicy, ConcurrencyPolicy, ProtectionPolicy } from './protection-policy.ts';

/** Protections by the name of the called service. */
export type Protections = Readonly<Record<string, ProtectionPolicy>>;

const aboveZero = integer({ min: 1 });

/** Settings of a circuit as files write them; absent ones have the defaults of `@mainstay/resilience`. */
const settingKeys = {
  window_ms: aboveZero.optional(),
  minimum_calls: aboveZero.optional(),
  failure_streak: aboveZero.optional(),
  failure_ratio: ratio().optional(),
  open_ms: aboveZero.optional(),
  max_open_ms: aboveZero.optional(),
  max_probes: aboveZero.optional(),
  successes_to_close: aboveZero.optional(),
  slow_call_ms: aboveZero.optional(),
  slow_call_ratio: ratio().optional(),
  adaptive: z
    .strictObject({
      deviations: decimal({ min: 0 }).optional(),
      memory_windows: aboveZero.optional(),
      minimum_ratio: ratio().optional(),
    })
    .optional(),
};

/** Settings of one circuit: names in snake_case, ranges as the circuit has them. */
export const circuitSettingsSchema: z.ZodType<CircuitSettings> = z
  .strictObject(settingKeys)
  .transform((described, context) =>
    made<CircuitSettings>(described, context, (settings) => createCircuitBreaker({ name: 'circuit', ...settings })),
  );

const circuitSchema: z.ZodType<CircuitPolicy> = z
  .strictObject({
    scope: choice(['service', 'operation', 'method']).default('operation'),
    per_tenant: flag().default(false),
    operations: z.record(z.string().min(1), circuitSettingsSchema).default({}),
    ...settingKeys,
  })
  .transform(({ scope, per_tenant: perTenant, operations, ...described }, context) => {
    const withDefaults = { open_ms: usualOpenMs, max_open_ms: Math.max(longestOpenMs, described.open_ms ?? 0) };
    const settings = made<CircuitSettings>({ ...withDefaults, ...described }, context, (one) =>
      createCircuitBreaker({ name: 'circuit', ...one }),
    );
    return { scope, perTenant, operations, settings };
  });

/** A service that is started again is back within seconds; one that is not is asked less and less. */
const usualOpenMs = 5_000;
const longestOpenMs = 60_000;

const bulkheadSchema: z.ZodType<BulkheadPolicy> = z
  .strictObject({
    scope: choice(['operation', 'service']).default('operation'),
    max_concurrent: aboveZero.default(512),
    max_queued: integer({ min: 0 }).default(512),
    queue_timeout_ms: aboveZero.default(1_000),
  })
  .transform((described) => withNames(described, toCamelCase) as BulkheadPolicy);

/** Bounds of a concurrency limit; they begin far above what one process does at a time when it is well. */
export const concurrencySchema: z.ZodType<ConcurrencyPolicy> = z
  .strictObject({
    initial: aboveZero.default(1_000),
    min: aboveZero.default(200),
    max: aboveZero.default(4_000),
    tolerance: decimal({ min: 1 }).default(1.5),
  })
  .transform(({ initial, min, max, tolerance }, context) =>
    made<ConcurrencyPolicy>({ initial_limit: initial, min_limit: min, max_limit: max, tolerance }, context, (bounds) =>
      createConcurrencyLimiter({ name: 'limit', ...bounds }),
    ),
  );

const adaptiveTimeoutSchema: z.ZodType<AdaptiveLimitOptions> = z
  .strictObject({
    min_ms: aboveZero.default(500),
    max_ms: aboveZero.default(30_000),
    factor: decimal({ min: 1 }).default(2),
    quantile: ratio().default(0.99),
    window_ms: aboveZero.optional(),
    minimum_count: aboveZero.optional(),
  })
  .transform((described, context) =>
    made<AdaptiveLimitOptions>(described, context, (adaptive) =>
      createTimeout({ name: 'limit', limitMs: adaptive.maxMs, adaptive }),
    ),
  );

/** A part that `off` switches off; absent, it is on with its defaults, or off where `isOn` is false. */
export function part<T>(schema: z.ZodType<T>, isOn: boolean): z.ZodType<T | undefined, object | 'off' | undefined> {
  return z
    .custom<object | 'off' | undefined>()
    .optional()
    .transform((described, context): T | undefined => {
      if (described === 'off' || (described === undefined && !isOn)) return undefined;
      const parsed = schema.safeParse(described ?? {});
      if (parsed.success) return parsed.data;
      for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
      return z.NEVER;
    });
}

/** The parts that have no default for all services, for configurations of others; off unless they are described. */
export const protectionParts: {
  readonly concurrency: z.ZodType<ConcurrencyPolicy | undefined, object | 'off' | undefined>;
  readonly adaptiveTimeout: z.ZodType<AdaptiveLimitOptions | undefined, object | 'off' | undefined>;
} = { concurrency: part(concurrencySchema, false), adaptiveTimeout: part(adaptiveTimeoutSchema, false) };

const protectionSchema: z.ZodType<ProtectionPolicy> = z
  .strictObject({
    circuit: part(circuitSchema, true),
    bulkhead: part(bulkheadSchema, true),
    concurrency: protectionParts.concurrency,
    adaptive_timeout: protectionParts.adaptiveTimeout,
  })
  .transform(({ adaptive_timeout: adaptiveTimeout, ...rest }) => ({ ...rest, adaptiveTimeout }));

/** Protections as they stand in a configuration file: by service, names in snake_case. */
export const protectionsSchema: z.ZodType<Protections> = z.record(
  z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, { error: 'expected the name of a service' }),
  protectionSchema,
);

/** How calls to services are protected of which the configuration says nothing. */
export const usualProtection: ProtectionPolicy = protectionSchema.parse({});

/** Gives a description its names in code, and lets the thing itself judge it. */
function made<T>(described: object, context: z.RefinementCtx, build: (options: T) => unknown): T {
  const options = withNames(described, toCamelCase) as T;
  try {
    build(options);
  } catch (error) {
    context.addIssue({ code: 'custom', message: toSnakeCase(toPlatformError(error).rawMessage) });
  }
  return options;
}
