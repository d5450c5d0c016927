import type { Transport } from '@connectrpc/connect';
import type { EndpointFilter } from '@mainstay/discovery';
import { PlatformError, uuidv7 } from '@mainstay/kernel';
import { createLeaseKeeper } from '@mainstay/leases';
import type { Database } from '@mainstay/postgres';
import { createRpcTransport, type ServiceBinding } from '@mainstay/rpc';
import { createServiceClients } from '../clients/service-clients.ts';
import type { HostCore } from '../core/host-core.ts';
import type { ServiceDefinition } from '../definition/definition.ts';
import type { RunningService } from '../definition/running-service.ts';
import type { ServiceContext } from '../definition/service-context.ts';
import { serviceReasons } from '../errors.ts';
import type { HostBus } from '../events/host-bus.ts';
import { createServiceEvents, type RunningEvents } from '../events/service-events.ts';
import { type KeyedHosting, openKeyed } from '../keyed/open-keyed.ts';
import { protectTransport } from '../protection/protect-transport.ts';
import { writtenBinding } from '../written/written-binding.ts';
import type { HostDiscovery } from './host-discovery.ts';

/** A service of a host after its `start`. */
export interface StartedService {
  readonly definition: ServiceDefinition;
  readonly instanceId: string;
  readonly version: string;
  readonly running: RunningService;
  /** Undefined for a service without one. */
  readonly database: Database | undefined;
  /** What it answers, with the protocol of idempotency keys around its keyed methods. */
  readonly bindings: readonly ServiceBinding[];
  /** Undefined for a service without a database. */
  readonly events: RunningEvents | undefined;
}

/** What a service of a host is started with. */
export interface StartServiceOptions {
  readonly core: HostCore;
  readonly discovery: HostDiscovery;
  readonly database: Database | undefined;
  /** Where its relay works; undefined for a service that tells nothing, or without a bus. */
  readonly relayDatabase: Database | undefined;
  readonly bus: HostBus | undefined;
  /** Versions of the services of this host, by name. */
  readonly hosted: ReadonlyMap<string, string>;
  readonly createLocal: (caller: string) => Transport;
  /** Closes what the service's clients open. */
  readonly connections: AsyncDisposableStack;
  /** Closed before the database. */
  readonly parts: AsyncDisposableStack;
}

/** The version under which a service of this host is registered. */
export function versionOf({ version }: ServiceDefinition, { environment }: Pick<HostCore, 'environment'>): string {
  return environment.host.version ?? version;
}

/** Builds the context of a service and calls its `start`. */
export async function startService(
  definition: ServiceDefinition,
  options: StartServiceOptions,
): Promise<StartedService> {
  const { clock } = options.core;
  const instanceId = uuidv7(clock);
  const background = openBackground(definition, instanceId, options);
  const context = createContext(definition, instanceId, { ...options, background });
  const running = await definition.start(context);
  const { database } = options;
  const keyed = openKeyed(definition, running, background);
  const hasReplicas = options.core.environment.services.get(definition.name)?.database?.replicas !== undefined;
  const bindings = hasReplicas ? keyed.map(writtenBinding) : keyed;
  return { definition, instanceId, version: context.version, running, bindings, database, events: background?.events };
}

/** Longest wait for a service that a request names and nobody called before; a look-up takes some milliseconds. */
const knownWithinMs = 1_000;

/** What works on a service's database beside its calls. */
interface Background extends KeyedHosting {
  readonly events: RunningEvents;
}

function openBackground(
  { name, tells = [] }: ServiceDefinition,
  instanceId: string,
  { core, database, relayDatabase, bus, parts }: StartServiceOptions,
): Background | undefined {
  if (database === undefined) return undefined;
  const { clock, meter } = core;
  const logger = core.loggerOf(name, { instance_id: instanceId });
  const leases = parts.use(createLeaseKeeper({ database, owner: instanceId, clock, logger, meter }));
  return {
    database,
    leases,
    clock,
    logger,
    meter,
    parts,
    events: createServiceEvents({
      name,
      tells,
      database,
      relayDatabase: relayDatabase ?? database,
      bus,
      leases,
      outboxKeptDays: core.environment.host.outbox_kept_days,
      signal: core.ending.signal,
      clock,
      logger,
      meter,
    }),
  };
}

function createContext(
  definition: ServiceDefinition,
  instanceId: string,
  options: StartServiceOptions & { readonly background: Background | undefined },
): ServiceContext<never> {
  const { core, discovery, background } = options;
  const { environment, clock, meter } = core;
  const { name } = definition;
  const identity = core.identityOf(name);
  const logger = core.loggerOf(name, { instance_id: instanceId });
  const health = core.health.of(name);
  const declared = (): Background => {
    if (background !== undefined) return background;
    throw new PlatformError(serviceReasons.SERVICE_DATABASE_UNDECLARED, `${name} declares no database`);
  };
  const createRemote = (target: string, version?: string): Transport => {
    const policy = definition.balancing?.[target] ?? { policy: 'round_robin' };
    const upstream = core.upstreams.open(
      { caller: name, target, version, policy },
      { clock, logger, meter, zone: environment.host.zone, clientId: instanceId },
    );
    const transport = options.connections.use(
      createRpcTransport({
        service: target,
        resolve: () => discovery.resolver.resolve(target, version === undefined ? undefined : filterFor(version)),
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
    if (definition.protectsCalls === true) return transport;
    return protectTransport(transport, core.protections.open({ caller: name, target }, { clock, logger, meter }));
  };
  return {
    name,
    instanceId,
    version: versionOf(definition, core),
    mode: environment.host.mode,
    listen: {
      host: environment.host.host,
      portOffset: environment.host.port_offset,
      httpEngine: environment.host.http_engine,
    },
    config: environment.services.get(name)?.config as never,
    clock,
    logger,
    meter,
    health,
    get database() {
      return declared().database;
    },
    databaseIfAny: background?.database,
    get leases() {
      return declared().leases;
    },
    get events() {
      return declared().events;
    },
    resolver: discovery.resolver,
    identity,
    signal: core.ending.signal,
    ...createServiceClients({
      hosted: options.hosted,
      createRemote,
      createLocal: () => options.createLocal(name),
      untilKnown: (target) => discovery.resolver.ready(target, knownWithinMs),
      hasInstance: (target, version) => discovery.resolver.resolve(target, filterFor(version)).length > 0,
    }),
  };
}

const filters = new Map<string, EndpointFilter>();

/** The same object for a version each time, by which the resolver knows its answer again. */
function filterFor(version: string): EndpointFilter {
  let filter = filters.get(version);
  if (filter === undefined) {
    filter = Object.freeze({ version });
    filters.set(version, filter);
  }
  return filter;
}
