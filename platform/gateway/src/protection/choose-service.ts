import type { Message } from '@bufbuild/protobuf';
import type { Route } from '../routes/compile-routes.ts';
import type { ServiceCaller } from './service-caller.ts';

/** The service that a call goes to. */
export interface ChosenService {
  /** As it is registered; names its circuit and bulkhead. */
  readonly name: string;
  /** Its client, whose methods are known at run time only. */
  readonly client: object;
}

/**
 * Finds the service of a request: that of its contract, or for contracts that many services answer the one that it names.
 *
 * @throws {@link PlatformError} `NO_INSTANCE` for a name that nobody registered.
 */
export function chooseService(
  caller: ServiceCaller,
  route: Route,
  input: Message | AsyncIterable<Message>,
): ChosenService | Promise<ChosenService> {
  if (route.targetOf === undefined) return { name: route.serviceName, client: caller.client(route.service) };
  // The compiler of routes lets only requests of one message name their service.
  return targetService(caller, route, route.targetOf(input as Message));
}

async function targetService(caller: ServiceCaller, route: Route, name: string): Promise<ChosenService> {
  return { name, client: await caller.clientOf(route.service, name) };
}
