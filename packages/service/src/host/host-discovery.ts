import { createClient, type Transport } from '@connectrpc/connect';
import { RegistryService } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { createResolver, type RegistryApi, type Resolver } from '@mainstay/discovery';
import { createDirectTransport, serviceNameOf } from '@mainstay/rpc';
import type { HostCore } from '../core/host-core.ts';
import type { ServiceDefinition } from '../definition/definition.ts';
import { createRegistryApi } from '../registry/create-registry-api.ts';

/** How the services of a host find others and are found. */
export interface HostDiscovery {
  readonly api: RegistryApi;
  readonly resolver: Resolver;
}

/**
 * Connects to the registry: in process when it is hosted here, else to the addresses of the environment.
 *
 * The watch stream opens at once for the services that the definitions name in `calls`; a host that calls nobody
 * opens none. One with `watchesAll` is told of all services.
 */
export function openDiscovery(
  definitions: readonly ServiceDefinition[],
  core: HostCore,
  from: { readonly connections: AsyncDisposableStack; readonly createLocal: (caller: string) => Transport },
): HostDiscovery {
  const { clock, logger, meter, environment } = core;
  const hosted = new Set(definitions.map(({ name }) => name));
  const caller = definitions[0]?.name ?? 'host';
  const engine = environment.host.rpc_engine;
  const identity = core.identityOf(caller);
  const connect = (address: string): Transport =>
    from.connections.use(
      createDirectTransport({ address, identity, logger, meter, clock, engine, ...core.tls?.to('registry') }),
    );
  const transports = hosted.has('registry') ? [from.createLocal(caller)] : environment.registryAddresses.map(connect);
  const api = createRegistryApi(transports.map((transport) => createClient(RegistryService, transport)));

  const called = new Set(definitions.flatMap(({ calls = [] }) => calls.map(serviceNameOf)));
  const services = [...called].filter((name) => !hosted.has(name));
  const watchesAll = definitions.some((definition) => definition.watchesAll === true);
  const resolver = from.connections.use(
    createResolver({ api, clock, logger, ...(services.length > 0 && !watchesAll && { services }) }),
  );
  if (services.length > 0 || watchesAll) {
    resolver.start();
    core.health.process.addDetail('discovery', () => resolver.status());
  }
  return { api, resolver };
}
