import { expect, test } from 'vitest';
import { parseBalancingPolicy } from './parse-balancing-policy.ts';

test('the name of a policy is enough, and the defaults are those of the documentation', () => {
  expect(parseBalancingPolicy({ policy: 'round_robin' })).toEqual({
    policy: 'round_robin',
    leastRequest: { choices: 2 },
    ringHash: { pointsPerEndpoint: 128, maxLoadRatio: 1.25 },
    zone: { preferLocal: false, overprovisioningRatio: 1.4 },
    slowStart: { windowMs: 10_000, minWeightRatio: 0.1, aggression: 1 },
    outlier: {
      consecutiveErrors: 5,
      intervalMs: 30_000,
      baseEjectionMs: 30_000,
      maxEjectionMs: 300_000,
      maxEjectionPercent: 50,
    },
    panicThresholdPercent: 50,
    subsetSize: 0,
    pool: {
      maxConnections: 0,
      maxConnectionsPerEndpoint: 1,
      maxRequests: 0,
      maxRequestsPerConnection: 0,
      connectTimeoutMs: 2_000,
    },
    waitForReady: false,
    refuseHopeless: true,
  });
});

test('every problem is told at once, with its path', () => {
  const wrong = {
    policy: 'round_robin',
    outlier: { consecutiveErrors: -1, maxEjectionPercent: 101 },
    pool: { maxConections: 10 },
    subsetSize: 1.5,
  };

  expect(() => parseBalancingPolicy(wrong)).toThrow(
    expect.objectContaining({
      reason: 'BALANCING_POLICY_INVALID',
      violations: expect.arrayContaining(
        ['outlier.consecutiveErrors', 'outlier.maxEjectionPercent', 'pool', 'subsetSize'].map((field) =>
          expect.objectContaining({ field }),
        ),
      ),
    }),
  );
});

test.for([
  [{}, 'policy'],
  [null, 'expected object'],
  [{ policy: 'fastest' }, 'policy'],
  [{ policy: 'round_robin', ringHash: { key: { from: 'user' } } }, 'ringHash.key'],
  [{ policy: 'ring_hash', ringHash: { key: { from: 'header', name: 'no good' } } }, 'ringHash.key.name'],
  [{ policy: 'random', outlier: { baseEjectionMs: 60_000, maxEjectionMs: 30_000 } }, 'outlier.maxEjectionMs'],
] as const)('%j is refused because of %s', ([description, why]) => {
  expect(() => parseBalancingPolicy(description)).toThrow(why);
});

test('names of headers are compared in lower case', () => {
  const { ringHash } = parseBalancingPolicy({
    policy: 'ring_hash',
    ringHash: { key: { from: 'header', name: 'X-Session' } },
  });

  expect(ringHash.key).toEqual({ from: 'header', name: 'x-session' });
});
