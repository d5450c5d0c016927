/** One answered call. */
export interface Observation {
  readonly server: { readonly id: string; readonly podName: string; readonly podIp: string };
  /** Proxies that passed it on. */
  readonly via: readonly string[];
  readonly tookMs: number;
  /** Since the first call began. */
  readonly atMs: number;
}

/** What one instance answered. */
export interface ServerShare {
  readonly id: string;
  readonly podName: string;
  readonly podIp: string;
  readonly requests: number;
  readonly percent: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

/**
 * How calls were spread.
 *
 * - `single`: one instance was there, and it answered all;
 * - `none`: several were there, and one answered all;
 * - `even`: all answered, none further from its share than the tolerance;
 * - `uneven`: anything between;
 * - `bypassed`: calls that should have passed a proxy did not, so nothing is known about the proxy.
 */
export type Verdict = 'bypassed' | 'even' | 'none' | 'single' | 'uneven';

/** Calls counted by who answered them. */
export interface Distribution {
  readonly servers: readonly ServerShare[];
  /** Instances that were there. */
  readonly expectedServers: number;
  readonly requests: number;
  readonly expectedPerServer: number;
  /** Over all instances that were there, also those without a call. */
  readonly variance: number;
  readonly standardDeviation: number;
  /** Largest distance from the expected count, as a part of it. */
  readonly maxDeviation: number;
  /** Calls that passed no proxy. */
  readonly aroundProxy: number;
  readonly verdict: Verdict;
}

/** What is expected of the calls that are counted. */
export interface Expectation {
  readonly servers: number;
  readonly throughProxy: boolean;
  /** Largest deviation that still is even, as a part of the expected count. */
  readonly tolerance: number;
}

/**
 * Counts calls by who answered.
 *
 * A variance of 0 alone proves nothing, one server hit has it too: the verdict looks at how many answered first.
 */
export function distributionOf(observations: readonly Observation[], expected: Expectation): Distribution {
  const requests = observations.length;
  const expectedPerServer = requests / expected.servers;
  const servers = countByServer(observations);
  const counts = [...servers.map((share) => share.requests), ...missing(expected.servers - servers.length)];
  const distances = counts.map((count) => count - expectedPerServer);
  const variance = distances.reduce((sum, distance) => sum + distance ** 2, 0) / counts.length;
  const maxDeviation = requests === 0 ? 0 : Math.max(...distances.map(Math.abs)) / expectedPerServer;
  const aroundProxy = observations.filter(({ via }) => via.length === 0).length;
  return {
    servers,
    expectedServers: expected.servers,
    requests,
    expectedPerServer,
    variance,
    standardDeviation: Math.sqrt(variance),
    maxDeviation,
    aroundProxy,
    verdict: verdictOf({ servers: servers.length, maxDeviation, aroundProxy }, expected),
  };
}

function verdictOf(
  found: { readonly servers: number; readonly maxDeviation: number; readonly aroundProxy: number },
  expected: Expectation,
): Verdict {
  if (expected.throughProxy && found.aroundProxy > 0) return 'bypassed';
  if (expected.servers === 1 && found.servers === 1) return 'single';
  if (found.servers === 1) return 'none';
  return found.servers === expected.servers && found.maxDeviation <= expected.tolerance ? 'even' : 'uneven';
}

function countByServer(observations: readonly Observation[]): ServerShare[] {
  const byId = Map.groupBy(observations, ({ server }) => server.id);
  return [...byId].map(([id, own]) => {
    const times = own.map(({ atMs }) => atMs);
    return {
      id,
      podName: own[0]?.server.podName ?? 'unknown',
      podIp: own[0]?.server.podIp ?? 'unknown',
      requests: own.length,
      percent: (own.length * 100) / observations.length,
      firstSeenMs: Math.min(...times),
      lastSeenMs: Math.max(...times),
    };
  });
}

function missing(count: number): number[] {
  return Array.from({ length: Math.max(0, count) }, () => 0);
}

/** @param share - 0.5 is the median; of an empty list 0. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
