import type { Clock, Logger, Meter } from '@mainstay/kernel';
import type { CircuitBreakers } from '@mainstay/resilience';
import { toSnakeCase, withNames } from '../upstreams/key-case.ts';
import { joinCircuits } from './join-circuits.ts';
import { type Protections, usualProtection } from './protection-schema.ts';
import { TargetProtection } from './target-protection.ts';

/** Who calls whom. */
export interface ProtectedPlace {
  readonly caller: string;
  readonly target: string;
}

/** What protects the calls that the services of a host make elsewhere. */
export interface HostProtections {
  /** Makes the protection of a caller from a target; called once per caller and target. */
  open(place: ProtectedPlace, ports: { clock: Clock; logger: Logger; meter: Meter }): TargetProtection;
  /**
   * Puts other policies in force between two calls.
   *
   * @returns the targets whose policy changed.
   */
  configure(protections: Protections): readonly string[];
  /** Circuits of all that a service calls; undefined when it calls nobody. */
  circuitsOf(caller: string): CircuitBreakers | undefined;
  /** What `/stats` shows. */
  stats(): readonly object[];
}

/** Makes the table, empty, with the policies of the configuration. */
export function createHostProtections(protections: Protections): HostProtections {
  const opened: (ProtectedPlace & { readonly protection: TargetProtection })[] = [];
  let current = protections;
  const policyOf = (target: string) => current[target] ?? usualProtection;

  return {
    open({ caller, target }, ports) {
      const protection = new TargetProtection({ target, policy: policyOf(target), ...ports });
      opened.push({ caller, target, protection });
      return protection;
    },
    configure(next) {
      current = next;
      const changed = opened.filter(({ target, protection }) => protection.configure(policyOf(target)));
      return [...new Set(changed.map(({ target }) => target))];
    },
    circuitsOf(caller) {
      const own = opened.filter((one) => one.caller === caller);
      if (own.length === 0) return undefined;
      return joinCircuits(new Map(own.map(({ target, protection }) => [target, protection.circuits])));
    },
    stats: () =>
      opened.map(
        ({ caller, target, protection }) =>
          withNames({ caller, target, ...protection.snapshot() }, toSnakeCase) as object,
      ),
  };
}
