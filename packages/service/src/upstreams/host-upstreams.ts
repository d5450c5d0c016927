import {
  type BalancerStrategy,
  type BalancingPolicyInput,
  createBalancer,
  type Upstream,
  type UpstreamOptions,
} from '@mainstay/discovery';
import { toSnakeCase, withNames } from './key-case.ts';
import type { Policies } from './policies-schema.ts';

/** Who calls whom. */
export interface UpstreamPlace {
  readonly caller: string;
  readonly target: string;
  /** The one version of it that is called; undefined for all. */
  readonly version?: string | undefined;
  /** Policy of the caller's code; the configuration's wins. */
  readonly policy: BalancerStrategy | BalancingPolicyInput;
}

/** The upstreams of a host: what its services call elsewhere, by which policy, and with what success. */
export interface HostUpstreams {
  /** Makes the upstream of a caller; called once per caller and target. */
  open(place: UpstreamPlace, options: Omit<UpstreamOptions, 'name' | 'policy'>): Upstream;
  /**
   * Puts other policies in force between two calls; targets without one go back to that of their caller's code.
   *
   * @returns the targets whose policy changed.
   */
  configure(policies: Policies): readonly string[];
  /** What `/stats` shows. */
  stats(): object;
}

interface Opened {
  readonly place: UpstreamPlace;
  readonly upstream: Upstream;
  /** The policy of the caller's code, with its defaults. */
  readonly ownPolicy: Upstream['policy'];
}

/** Makes the table, empty, with the policies of the configuration. */
export function createHostUpstreams(policies: Policies): HostUpstreams {
  const opened: Opened[] = [];
  let current = policies;

  return {
    open(place, options) {
      const { target, version } = place;
      const name = version === undefined ? target : `${target}@${version}`;
      const upstream = createBalancer(place.policy, { name, ...options });
      const ownPolicy = upstream.policy;
      upstream.configure(current[place.target] ?? ownPolicy);
      opened.push({ place, upstream, ownPolicy });
      return upstream;
    },
    configure(next) {
      current = next;
      const changed = new Set<string>();
      for (const { place, upstream, ownPolicy } of opened) {
        const policy = current[place.target] ?? ownPolicy;
        if (JSON.stringify(policy) === JSON.stringify(upstream.policy)) continue;
        upstream.configure(policy);
        changed.add(place.target);
      }
      return [...changed];
    },
    stats: () => ({
      upstreams: opened.map(({ place, upstream }) =>
        withNames({ caller: place.caller, ...upstream.stats() }, toSnakeCase),
      ),
    }),
  };
}
