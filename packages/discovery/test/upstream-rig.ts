import { FakeClock } from '@mainstay/testing';
import {
  type BalancingPolicyInput,
  type CallOutcome,
  createUpstream,
  type Endpoint,
  parseBalancingPolicy,
  staticEndpoint,
  type Upstream,
  type UpstreamOptions,
} from '../src/index.ts';

/** Numbers from 0 to below 1 that look random and are the same at every run. */
export function seeded(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function endpointsNamed(
  names: readonly string[],
  more: (name: string) => Partial<Endpoint> = () => ({}),
): Endpoint[] {
  return names.map((name) => ({ ...staticEndpoint(`${name}:1`), id: name, ...more(name) }));
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `e${i}`);
}

/** An upstream on a fake clock, with a list to change. */
export class Rig {
  readonly clock = new FakeClock();
  readonly upstream: Upstream;
  list: Endpoint[];

  constructor(policy: BalancingPolicyInput, list: Endpoint[], options: Partial<UpstreamOptions> = {}) {
    this.list = list;
    this.upstream = createUpstream({
      name: 'orders',
      clock: this.clock,
      random: seeded(),
      ...options,
      policy: parseBalancingPolicy(policy),
    });
  }

  pick(key?: string, tried?: readonly string[]): string {
    const endpoint = this.upstream.pick(this.list, { key, tried: tried === undefined ? undefined : new Set(tried) });
    return endpoint?.id ?? 'none';
  }

  /** One whole call; the judge says how it ends by where it went. */
  call(judge: (id: string) => CallOutcome = () => 'success'): string {
    const endpoint = this.upstream.pick(this.list) as Endpoint;
    this.upstream.begin(endpoint)(judge(endpoint.id));
    return endpoint.id;
  }

  /** Calls of one endpoint, whoever would be picked. */
  report(id: string, outcome: CallOutcome, times = 1): void {
    const endpoint = this.list.find((entry) => entry.id === id) as Endpoint;
    for (let i = 0; i < times; i++) this.upstream.begin(endpoint)(outcome);
  }

  counts(picks: number, run: () => string = () => this.pick()): Record<string, number> {
    const counts: Record<string, number> = {};
    for (let i = 0; i < picks; i++) {
      const id = run();
      counts[id] = (counts[id] ?? 0) + 1;
    }
    return counts;
  }

  ejected(): string[] {
    return this.upstream
      .stats()
      .byEndpoint.filter(({ use }) => use === 'ejected')
      .map(({ id }) => id);
  }
}
