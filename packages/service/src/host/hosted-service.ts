import type { Transport } from '@connectrpc/connect';
import { PlatformError, uuidv7 } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import { createRpcTransport } from '@mainstay/rpc';
import { createServiceClients } from '../clients/service-clients.ts';
import type { ServiceDefinition } from '../definition.ts';
import { serviceReasons } from '../errors.ts';
import type { RunningService } from '../running-service.ts';
import type { ServiceContext } from '../service-context.ts';
import type { HostCore } from './host-core.ts';
import type { HostDiscovery } from './host-discovery.ts';

/** A service of a host after its `start`. */
export interface StartedService {
  readonly definition: ServiceDefinition;
  readonly instanceId: string;
  readonly version: string;
  readonly running: RunningService;
}

/** What a service of a host is started with. */
export interface StartServiceOptions {
  readonly core: HostCore;
  readonly discovery: HostDiscovery;
  readonly database: Database | undefined;
  readonly hosted: ReadonlySet<string>;
  readonly createLocal: (caller: string) => Transport;
  /** Closes what the service's clients open. */
  readonly connections: AsyncDisposableStack;
}

/** Builds the context of a service and calls its `start`. */
export async function startService(
  definition: ServiceDefinition,
  options: StartServiceOptions,
): Promise<StartedService> {
  const context = createContext(definition, options);
  const running = await definition.start(context);
  return { definition, instanceId: context.instanceId, version: context.version, running };
}

function createContext(definition: ServiceDefinition, options: StartServiceOptions): ServiceContext<never> {
  const { core, discovery, database } = options;
  const { environment, clock, meter } = core;
  const { name } = definition;
  const instanceId = uuidv7(clock);
  const identity = core.identityOf(name);
  const logger = core.loggerOf(name, { instance_id: instanceId });
  const health = core.health.of(name);
  const createRemote = (target: string): Transport => {
    const policy = definition.balancing?.[target] ?? { policy: 'round_robin' };
    const upstream = core.upstreams.open(
      { caller: name, target, policy },
      { clock, logger, meter, zone: environment.host.zone, clientId: instanceId },
    );
    return options.connections.use(
      createRpcTransport({
        service: target,
        resolve: () => discovery.resolver.resolve(target),
        onChange: (callback) => discovery.resolver.onChange(target, callback),
        onFailure: (endpoint) => discovery.resolver.reportFailure(target, endpoint.id),
        balancer: upstream,
        identity,
        logger,
        meter,
        clock,
        engine: environment.host.rpc_engine,
        ...core.tls?.to(target),
      }),
    );
  };
  return {
    name,
    instanceId,
    version: environment.host.version ?? definition.version,
    mode: environment.host.mode,
    listen: { host: environment.host.host, portOffset: environment.host.port_offset },
    config: environment.services.get(name)?.config as never,
    clock,
    logger,
    meter,
    health,
    get database() {
      if (database !== undefined) return database;
      throw new PlatformError(serviceReasons.SERVICE_DATABASE_UNDECLARED, `${name} declares no database`);
    },
    resolver: discovery.resolver,
    identity,
    signal: core.ending.signal,
    client: createServiceClients({
      hosted: options.hosted,
      createRemote,
      createLocal: () => options.createLocal(name),
    }),
  };
}
