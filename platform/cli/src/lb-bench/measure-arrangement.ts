import type { BalancingPolicyInput } from '@mainstay/discovery';
import { PlatformError } from '@mainstay/kernel';
import { cliReasons } from '../errors.ts';
import type { Arrangement } from './arrangements.ts';
import { type Distribution, distributionOf, type Observation, percentile, type Verdict } from './distribution.ts';
import { openEchoClient } from './echo-client.ts';
import { runCalls } from './run-calls.ts';

/** What was seen on one way. */
export interface Row {
  readonly test: string;
  readonly title: string;
  readonly insight: string;
  readonly expected: Verdict | undefined;
  readonly distribution: Distribution;
  readonly failed: number;
  readonly firstFailure: string | undefined;
  /** Connections that the clients opened. */
  readonly connections: number;
  readonly durationMs: number;
  readonly perSecond: number;
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
}

/** A way to measure; without `expected` no verdict is. */
export interface Way extends Omit<Arrangement, 'expected' | 'test'> {
  readonly test: string;
  readonly expected?: Verdict;
}

/** How a way is measured. */
export interface MeasureOptions {
  readonly policy: BalancingPolicyInput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Largest deviation that still counts as even. */
  readonly tolerance: number;
  /** Longest time for all calls of one way. */
  readonly limitMs: number;
  readonly onCall?: (observation: Observation) => void;
}

/**
 * Makes the calls of one way, over connections that are opened for it.
 *
 * @throws {@link PlatformError} `deadline_exceeded` / `LB_BENCH_TOO_SLOW` when they take longer than the limit.
 */
export async function measureArrangement(arrangement: Way, options: MeasureOptions): Promise<Row> {
  const { test, title, insight, expected, servers, throughProxy, addresses } = arrangement;
  await using clients = new AsyncDisposableStack();
  const sets = Array.from({ length: arrangement.connectionSets }, () =>
    clients.use(openEchoClient(addresses, options.policy, options.env)),
  );
  const stop = AbortSignal.timeout(options.limitMs);
  const results = await runCalls(sets, { ...arrangement, stop }, options.onCall);
  if (stop.aborted) {
    const message = `${title}: ${results.observations.length} of ${arrangement.requests} calls were answered within ${options.limitMs} ms`;
    throw new PlatformError(cliReasons.LB_BENCH_TOO_SLOW, message);
  }
  const times = results.observations.map(({ tookMs }) => tookMs);
  return {
    test,
    title,
    insight,
    expected,
    distribution: distributionOf(results.observations, { servers, throughProxy, tolerance: options.tolerance }),
    failed: results.failed,
    firstFailure: results.firstFailure,
    connections: arrangement.connectionSets * addresses.length,
    durationMs: results.durationMs,
    perSecond: results.perSecond,
    latencyMs: { p50: percentile(times, 0.5), p95: percentile(times, 0.95), p99: percentile(times, 0.99) },
  };
}
