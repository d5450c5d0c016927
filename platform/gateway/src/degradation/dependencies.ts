import { PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';
import type { Route } from '../routes/compile-routes.ts';

/** What happens to calls whose service waits for another one that is away. */
export type WhenAway = 'refuse' | 'queue';

/** How calls are answered whose neighbours are away. */
export interface DependencySettings {
  readonly whenAway: WhenAway;
  /** When a refused client should come back, in milliseconds. */
  readonly retryAfterMs: number;
}

/** Decides about calls that need more than their own service. */
export interface Dependencies {
  /**
   * Looks whether everything is there that a call needs; only for routes whose contract names neighbours.
   *
   * @returns whether the call is queued: it goes on, and its end is not waited for.
   * @throws {@link PlatformError} `unavailable` / `DEPENDENCY_AWAY` when it is refused; executed: no.
   */
  check(route: Route): boolean;
}

/**
 * Makes the judge.
 *
 * A service is away while no instance of it is known, or its circuit is open. What a call `needs` is never done without; for what it `awaits` the
 * settings decide: `queue` lets the service take the call down and end it when the neighbour is back.
 */
export function createDependencies(
  { whenAway, retryAfterMs }: DependencySettings,
  isAway: (service: string) => boolean,
): Dependencies {
  const refuse = (route: Route, missing: string): never => {
    const message = `${route.serviceName} cannot do this while the ${missing} service is away; nothing was done`;
    throw new PlatformError(gatewayReasons.DEPENDENCY_AWAY, message, { retryAfterMs });
  };
  return {
    check(route) {
      const { needs, awaits, idempotency } = route.policy;
      const needed = needs.find(isAway);
      if (needed !== undefined) refuse(route, needed);
      const awaited = awaits.find(isAway);
      if (awaited === undefined) return false;
      // Only a call with a key can be answered before its end and asked about later.
      if (whenAway === 'refuse' || idempotency !== 'keyed') refuse(route, awaited);
      return true;
    },
  };
}
