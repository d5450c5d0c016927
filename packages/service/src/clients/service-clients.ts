import type { DescService } from '@bufbuild/protobuf';
import type { Client, Transport } from '@connectrpc/connect';
import { createServiceClient, serviceNameOf } from '@mainstay/rpc';

/** Where the clients of one service find their transports. */
export interface ServiceClientsOptions {
  /** Versions of the services in this host, by name. */
  readonly hosted: ReadonlyMap<string, string>;
  /** Makes the transport to services in this host; called at most once. */
  readonly createLocal: () => Transport;
  /** Makes the transport to a service elsewhere, or to one version of it; called at most once for each. */
  readonly createRemote: (name: string, version?: string) => Transport;
  /** Tells whether a version of a service elsewhere has an instance now. */
  readonly hasInstance: (name: string, version: string) => boolean;
  /** Resolves once a service elsewhere has an instance; throws `NO_INSTANCE` when it has none for long. */
  readonly untilKnown: (name: string) => Promise<unknown>;
}

/** One version of a service. */
export interface VersionedClient<S extends DescService> {
  /** Its calls go to instances of this version only. */
  readonly client: Client<S>;
  /** Whether it has an instance now; cheap enough for each call. */
  readonly hasInstance: () => boolean;
}

/** The clients of one service. */
export interface ServiceClients {
  /** Client of the service that a contract belongs to. */
  client<S extends DescService>(service: S): Client<S>;
  /** Client of a contract that many services answer, at the one named; waits until it is known. */
  clientOf<S extends DescService>(service: S, name: string): Promise<Client<S>>;
  /** Client of one version of the service that a contract belongs to. */
  clientAt<S extends DescService>(service: S, version: string): VersionedClient<S>;
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

  const transportTo = (name: string, version?: string): Transport => {
    if (options.hosted.has(name)) {
      local ??= options.createLocal();
      return local;
    }
    const place = placeOf(name, version);
    const transport = remote.get(place) ?? options.createRemote(name, version);
    remote.set(place, transport);
    return transport;
  };
  const clientTo = <S extends DescService>(service: S, name: string, version?: string): Client<S> => {
    const byPlace = clients.get(service) ?? new Map<string, Client<DescService>>();
    clients.set(service, byPlace);
    const place = placeOf(name, version);
    const client = byPlace.get(place) ?? createServiceClient(service, transportTo(name, version));
    byPlace.set(place, client);
    return client as Client<S>;
  };

  return {
    client: (service) => clientTo(service, serviceNameOf(service)),
    async clientOf(service, name) {
      if (!options.hosted.has(name)) await options.untilKnown(name);
      return clientTo(service, name);
    },
    clientAt(service, version) {
      const name = serviceNameOf(service);
      const ownVersion = options.hosted.get(name);
      return {
        client: clientTo(service, name, version),
        // What is hosted here has one version.
        hasInstance: () => (ownVersion === undefined ? options.hasInstance(name, version) : ownVersion === version),
      };
    },
  };
}

/** `products`, or `products@2.0.0`. */
function placeOf(name: string, version: string | undefined): string {
  return version === undefined ? name : `${name}@${version}`;
}
