import type { Message } from '@bufbuild/protobuf';
import type { Route } from '../routes/compile-routes.ts';
import type { ServiceClients } from './service-clients.ts';

/** The service that a call goes to. */
export interface ChosenService {
  /** As it is registered. */
  readonly name: string;
  /** Names its circuit and bulkhead: the service, or one version of it. */
  readonly place: string;
  /** Its client, whose methods are known at run time only. */
  readonly client: object;
}

/**
 * Finds the service of a request: that of its contract, or for contracts that many services answer the one that it names.
 *
 * @throws {@link PlatformError} `NO_INSTANCE` for a name that nobody registered.
 */
export function chooseService(
  clients: ServiceClients,
  route: Route,
  input: Message | AsyncIterable<Message>,
): ChosenService | Promise<ChosenService> {
  if (route.targetOf === undefined) return ownService(clients, route);
  // The compiler of routes lets only requests of one message name their service.
  return targetService(clients, route, route.targetOf(input as Message));
}

/** The service that a contract belongs to, whichever versions of it there are. */
export function ownService(clients: ServiceClients, { service, serviceName }: Route): ChosenService {
  return { name: serviceName, place: serviceName, client: clients.client(service) };
}

async function targetService(clients: ServiceClients, route: Route, name: string): Promise<ChosenService> {
  return { name, place: name, client: await clients.clientOf(route.service, name) };
}
