import type { DescService } from '@bufbuild/protobuf';
import { type Client, createClient, type Transport } from '@connectrpc/connect';
import { serviceNameOf } from '@mainstay/rpc';

/** Where the clients of one service find their transports. */
export interface ServiceClientsOptions {
  /** Names of the services in this host. */
  readonly hosted: ReadonlySet<string>;
  /** Makes the transport to services in this host; called at most once. */
  readonly createLocal: () => Transport;
  /** Makes the transport to a service elsewhere; called at most once per name. */
  readonly createRemote: (name: string) => Transport;
}

/**
 * Makes the function behind `context.client`.
 *
 * One client per contract and one transport per service, made at the first use and kept.
 */
export function createServiceClients(options: ServiceClientsOptions): <S extends DescService>(service: S) => Client<S> {
  const clients = new Map<DescService, Client<DescService>>();
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

  return <S extends DescService>(service: S): Client<S> => {
    const client = clients.get(service) ?? createClient(service, transportTo(serviceNameOf(service)));
    clients.set(service, client);
    return client as Client<S>;
  };
}
