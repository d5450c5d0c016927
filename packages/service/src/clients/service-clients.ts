import type { DescService } from '@bufbuild/protobuf';
import type { Client, Transport } from '@connectrpc/connect';
import { createServiceClient, serviceNameOf } from '@mainstay/rpc';

/** Where the clients of one service find their transports. */
export interface ServiceClientsOptions {
  /** Names of the services in this host. */
  readonly hosted: ReadonlySet<string>;
  /** Makes the transport to services in this host; called at most once. */
  readonly createLocal: () => Transport;
  /** Makes the transport to a service elsewhere; called at most once per name. */
  readonly createRemote: (name: string) => Transport;
  /** Resolves once a service elsewhere has an instance; throws `NO_INSTANCE` when it has none for long. */
  readonly untilKnown: (name: string) => Promise<unknown>;
}

/** The clients of one service. */
export interface ServiceClients {
  /** Client of the service that a contract belongs to. */
  client<S extends DescService>(service: S): Client<S>;
  /** Client of a contract that many services answer, at the one named; waits until it is known. */
  clientOf<S extends DescService>(service: S, name: string): Promise<Client<S>>;
}

/**
 * Makes the clients behind a context.
 *
 * One client per contract and service, one transport per service, made at the first use and kept. A name that comes from a
 * request makes neither before the service is known to be there.
 */
export function createServiceClients(options: ServiceClientsOptions): ServiceClients {
  const clients = new Map<DescService, Map<string, Client<DescService>>>();
  const remote = new Map<string, Transport>();
  let local: Transport | undefined;

  const transportTo = (name: string): Transport => {
    if (options.hosted.has(name)) {
      local ??= options.createLocal();
      return local;
    }
    const transport = remote.get(name) ?? options.createRemote(name);
    remote.set(name, transport);
    return transport;
  };
  const clientAt = <S extends DescService>(service: S, name: string): Client<S> => {
    const byName = clients.get(service) ?? new Map<string, Client<DescService>>();
    clients.set(service, byName);
    const client = byName.get(name) ?? createServiceClient(service, transportTo(name));
    byName.set(name, client);
    return client as Client<S>;
  };

  return {
    client: (service) => clientAt(service, serviceNameOf(service)),
    async clientOf(service, name) {
      if (!options.hosted.has(name)) await options.untilKnown(name);
      return clientAt(service, name);
    },
  };
}
