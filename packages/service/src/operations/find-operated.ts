import { PlatformError } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import type { OperatedService } from '../definition/operated-service.ts';
import { serviceReasons } from '../errors.ts';

/** Gives the service that a request names. */
export type FindOperated = (request: { readonly service: string }) => OperatedService;

/**
 * Makes the look-up among the services of a host.
 *
 * It throws `not_found` / `OPERATIONS_UNKNOWN` for one that is not here or keeps no durable work.
 */
export function createFindOperated(services: readonly OperatedService[]): FindOperated {
  const byName = new Map(services.map((service) => [service.name, service]));
  return ({ service }) => byName.get(service) ?? unknown(`no service ${service} with durable work runs here`);
}

/** Refuses what a service does not have. */
export function unknown(what: string): never {
  throw new PlatformError(serviceReasons.OPERATIONS_UNKNOWN, what);
}

/** Who acts, by the verified identity of the call, for the record. */
export function actorOfCall(): string {
  const identity = currentContext()?.identity;
  return identity?.userId === undefined ? `service:${identity?.viaService ?? ''}` : `user:${identity.userId}`;
}
