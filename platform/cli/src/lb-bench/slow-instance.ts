import type { PolicyName } from '@mainstay/discovery';
import type { Arrangement, BenchSizes } from './arrangements.ts';
import { type BenchProcess, entries, startBenchProcess } from './bench-process.ts';

/** How long an instance works on a call, one at a time, and how long the slow one does. */
const [usualMs, slowMs] = [4, 40];

/** Ways to instances of which one is slow, and the policy of the clients on each. */
export type SlowArrangement = Arrangement & { readonly policy: PolicyName };

/** Starts instances that work on one call at a time, the first ten times as long as the others. */
export async function startSlowInstances(
  count: number,
  env: Readonly<Record<string, string | undefined>>,
  parts: AsyncDisposableStack,
): Promise<readonly BenchProcess[]> {
  const start = async (busyMs: number): Promise<BenchProcess> =>
    parts.use(await startBenchProcess(entries.echo, { busyMs }, env));
  const starting = Array.from({ length: count }, (_, i) => start(i === 0 ? slowMs : usualMs));
  await Promise.allSettled(starting);
  return Promise.all(starting);
}

/** The same calls in turn and to the least busy: what the slow instance costs under each policy. */
export function slowArrangements(instances: readonly BenchProcess[], sizes: BenchSizes): SlowArrangement[] {
  const shared = {
    test: 'slow-instance',
    addresses: instances.map(({ address }) => address),
    requests: 4 * sizes.requests,
    clients: sizes.clients,
    connectionSets: 1,
    servers: instances.length,
    throughProxy: false,
  } as const;
  return [
    {
      ...shared,
      title: 'one slow instance, round robin',
      policy: 'round_robin',
      expected: 'even',
      insight: 'calls in turn queue at the slow instance, and everybody waits for it',
    },
    {
      ...shared,
      title: 'one slow instance, least request',
      policy: 'least_request',
      expected: 'uneven',
      insight: 'an instance that is busy is given less, so fewer calls wait',
    },
  ];
}
