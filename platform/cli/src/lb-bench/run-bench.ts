import type { BalancingPolicyInput, PolicyName } from '@mainstay/discovery';
import { type Arrangement, arrangementsOf, type BenchSizes, type TestName } from './arrangements.ts';
import type { Observation } from './distribution.ts';
import { openLab } from './lab.ts';
import { measureArrangement, type Row } from './measure-arrangement.ts';
import { measurePerformance, type Performance } from './performance.ts';
import { slowArrangements, startSlowInstances } from './slow-instance.ts';

/** What a bench is asked for. */
export interface BenchOptions extends BenchSizes {
  readonly policy: PolicyName;
  /** Largest deviation from its share that still counts as even, in percent. */
  readonly tolerance: number;
  /** Longest time of one test, in seconds. */
  readonly limit: number;
}

/** A bench of processes of its own. */
export interface OwnBenchOptions extends BenchOptions {
  readonly tests: ReadonlySet<TestName>;
  readonly instances: number;
  /** Rounds of the comparison of speed; 0 leaves it out. */
  readonly rounds: number;
}

/** A bench of instances that run elsewhere. */
export interface TargetBenchOptions extends BenchOptions {
  readonly target: readonly string[];
  /** Instances that are there. */
  readonly expectServers: number;
  readonly throughProxy: boolean;
}

/** Told of progress. */
export interface BenchWatcher {
  onCall(observation: Observation): void;
  onRow(row: Row): void;
}

/** Everything that was seen. */
export interface BenchReport {
  /** Every row is as expected, and no call failed. */
  readonly ok: boolean;
  readonly rows: readonly Row[];
  readonly performance: readonly Performance[];
}

/** Policies that spread calls evenly by design; of the others no verdict is expected. */
const evenPolicies: ReadonlySet<PolicyName> = new Set(['round_robin', 'weighted_round_robin', 'least_connections']);

/** Starts instances and proxies, runs the tests over them, and ends them. */
export async function runOwnBench(options: OwnBenchOptions, watcher: BenchWatcher): Promise<BenchReport> {
  const policy = descriptionOf(options.policy);
  await using lab = await openLab(options.instances, policy, process.env);
  const measuring = { ...measureOptions(options, watcher), env: lab.env };
  const rows: Row[] = [];
  for (const arrangement of arrangementsOf(lab, options)) {
    if (!options.tests.has(arrangement.test)) continue;
    const row = await measureArrangement(judged(arrangement, options), measuring);
    watcher.onRow(row);
    rows.push(row);
  }
  if (options.tests.has('slow-instance') && options.instances > 1) {
    await using parts = new AsyncDisposableStack();
    for (const arrangement of slowArrangements(await startSlowInstances(options.instances, lab.env, parts), options)) {
      const row = await measureArrangement(arrangement, { ...measuring, policy: descriptionOf(arrangement.policy) });
      watcher.onRow(row);
      rows.push(row);
    }
  }
  const sizes = { rounds: options.rounds, requests: options.manyRequests, clients: options.clients };
  const { onCall: _, ...silent } = measuring;
  const performance = options.rounds === 0 ? [] : await measurePerformance(lab, sizes, silent);
  return { ok: rows.every(isAsExpected), rows, performance };
}

/** Calls instances or a proxy that somebody else runs, and counts who answers. */
export async function runTargetBench(options: TargetBenchOptions, watcher: BenchWatcher): Promise<BenchReport> {
  const { target, expectServers, throughProxy, requests, clients, connections } = options;
  const row = await measureArrangement(
    {
      test: 'target',
      title: target.join(', '),
      addresses: target,
      requests,
      clients,
      connectionSets: clients * connections,
      servers: expectServers,
      throughProxy,
      ...(evenPolicies.has(options.policy) && {
        expected: expectServers === 1 ? ('single' as const) : ('even' as const),
      }),
      insight: 'as somebody else set it up',
    },
    measureOptions(options, watcher),
  );
  watcher.onRow(row);
  return { ok: isAsExpected(row), rows: [row], performance: [] };
}

function judged(arrangement: Arrangement, { policy }: BenchOptions): Omit<Arrangement, 'expected'> {
  const { expected, ...rest } = arrangement;
  return expected === 'even' && !evenPolicies.has(policy) ? rest : arrangement;
}

function measureOptions({ policy, tolerance, limit }: BenchOptions, watcher: BenchWatcher) {
  return {
    policy: descriptionOf(policy),
    env: process.env,
    tolerance: tolerance / 100,
    limitMs: limit * 1_000,
    onCall: (observation: Observation) => watcher.onCall(observation),
  };
}

/** Nothing but the spread is shown: no instance is spared or put out. */
function descriptionOf(policy: PolicyName): BalancingPolicyInput {
  return { policy, slowStart: { windowMs: 0 }, outlier: { consecutiveErrors: 0 } };
}

function isAsExpected({ expected, failed, distribution }: Row): boolean {
  return failed === 0 && distribution.requests > 0 && (expected === undefined || expected === distribution.verdict);
}
