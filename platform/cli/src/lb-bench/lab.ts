import type { BalancingPolicyInput } from '@mainstay/discovery';
import { keyVariable, randomKey } from './bench-identity.ts';
import { type BenchProcess, entries, startBenchProcess } from './bench-process.ts';

/** Instances and proxies of one bench, each a process. */
export interface Lab extends AsyncDisposable {
  readonly instances: readonly BenchProcess[];
  /** Spreads connections over the instances. */
  readonly l4: BenchProcess;
  /** Spreads calls over the instances. */
  readonly l7: BenchProcess;
  /** With the key that all share. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts `count` instances, and one proxy of each kind in front of them.
 *
 * @param surroundings - with a key, it is the one they share; without, they get one of their own.
 */
export async function openLab(
  count: number,
  policy: BalancingPolicyInput,
  surroundings: Readonly<Record<string, string | undefined>>,
): Promise<Lab> {
  const env = { ...surroundings, [keyVariable]: surroundings[keyVariable] || randomKey() };
  const parts = new AsyncDisposableStack();
  const start = async (entry: URL, args: object): Promise<BenchProcess> =>
    parts.use(await startBenchProcess(entry, args, env));
  try {
    const instances = await allStarted(Array.from({ length: count }, () => start(entries.echo, {})));
    const targets = instances.map(({ address }) => address);
    const [l4, l7] = (await allStarted([start(entries.l4, { targets }), start(entries.l7, { targets, policy })])) as [
      BenchProcess,
      BenchProcess,
    ];
    return { instances, l4, l7, env, [Symbol.asyncDispose]: () => parts.disposeAsync() };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

/** Waits for all, so that none starts behind the back of a failure. */
async function allStarted(starting: readonly Promise<BenchProcess>[]): Promise<BenchProcess[]> {
  await Promise.allSettled(starting);
  return Promise.all(starting);
}
