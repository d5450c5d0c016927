import { describe, expect, it } from 'vitest';
import { protectionsSchema, usualProtection } from './protection-schema.ts';

const problemsOf = (described: unknown): string[] =>
  protectionsSchema.safeParse(described).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ??
  [];

describe('the usual protection', () => {
  it('has circuits for reads and for writes that open for 5 s, then for up to 60 s, and 512 places for each', () => {
    expect(usualProtection).toEqual({
      circuit: {
        scope: 'operation',
        perTenant: false,
        operations: {},
        settings: { openMs: 5_000, maxOpenMs: 60_000 },
      },
      bulkhead: { scope: 'operation', maxConcurrent: 512, maxQueued: 512, queueTimeoutMs: 1_000 },
      concurrency: undefined,
      adaptiveTimeout: undefined,
    });
  });
});

describe('a described protection', () => {
  it('changes what it names and leaves the rest', () => {
    const { products } = protectionsSchema.parse({
      products: {
        circuit: { per_tenant: true, failure_streak: 3, operations: { write: { open_ms: 1_000 } } },
        bulkhead: 'off',
        adaptive_timeout: { min_ms: 100 },
      },
    });

    expect(products).toEqual({
      circuit: {
        scope: 'operation',
        perTenant: true,
        operations: { write: { openMs: 1_000 } },
        settings: { openMs: 5_000, maxOpenMs: 60_000, failureStreak: 3 },
      },
      bulkhead: undefined,
      concurrency: undefined,
      adaptiveTimeout: { minMs: 100, maxMs: 30_000, factor: 2, quantile: 0.99 },
    });
  });

  it('is refused with every problem, each at its place', () => {
    const problems = problemsOf({
      products: {
        circuit: { scope: 'planet', failure_streak: 0 },
        concurrency: { initial: 10, min: 20, max: 5 },
        adaptive_timeout: { min_ms: 900, max_ms: 100 },
        breaker: {},
      },
      Users: {},
    });

    expect(problems).toHaveLength(6);
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^products\.circuit\.scope: /),
        expect.stringMatching(/^products\.circuit\.failure_streak: /),
        expect.stringMatching(/^products\.concurrency: .*max_limit/),
        expect.stringMatching(/^products\.adaptive_timeout: .*max_ms/),
        expect.stringMatching(/breaker/),
        expect.stringMatching(/^Users: /),
      ]),
    );
  });

  it('is refused where a circuit would open for longer than its longest time', () => {
    expect(problemsOf({ products: { circuit: { open_ms: 9_000, max_open_ms: 8_000 } } })).toEqual([
      expect.stringMatching(/^products\.circuit: .*max_open_ms/),
    ]);
  });
});
