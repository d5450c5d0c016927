import type { Transport } from '@connectrpc/connect';
import { type ManagementAction, startManagementServer } from '@mainstay/health';
import { fixedPort, PlatformError, toPlatformError, withTimeout } from '@mainstay/kernel';
import type { CircuitBreakers } from '@mainstay/resilience';
import { createInProcessTransport, type RpcServer, type ServiceBinding, startRpcServer } from '@mainstay/rpc';
import { createHostCore, type HostCore, installFaultPoints } from '../core/host-core.ts';
import type { HostOptions } from '../core/host-options.ts';
import type { ServiceDefinition } from '../definition/definition.ts';
import { serviceReasons } from '../errors.ts';
import { openHostBus } from '../events/open-host-bus.ts';
import { bindOperations } from '../operations/operations.ts';
import { createCircuitPages } from '../protection/circuit-pages.ts';
import { HostReload } from '../reload/host-reload.ts';
import { announce } from './announce.ts';
import { checkDefinitions } from './check-definitions.ts';
import { drainHost } from './drain-host.ts';
import type { Host, HostedService } from './host.ts';
import { openDiscovery } from './host-discovery.ts';
import { type StartedService, startService, versionOf } from './hosted-service.ts';
import { openRelayDatabase } from './open-relay-database.ts';
import { openServiceDatabase } from './open-service-database.ts';
import { showStats } from './show-stats.ts';

/** Something that does not close must not keep the process: with the drain this stays below Kubernetes' 30 s. */
const closeLimitMs = 4_000;

/**
 * Starts services together in this process.
 *
 * Order: configuration, logger, management port (live, not ready), databases and migrations, `start` of each service
 * in the order given, gRPC listener, started; then each service is registered once its readiness is up. The registry
 * need not be there. A failure on the way closes what was opened, in reverse.
 *
 * @throws {@link PlatformError} what a step throws: `CONFIG_INVALID`, `MIGRATION_FAILED`, `LISTEN_FAILED`, …;
 * `HOST_START_CANCELED` when the signal aborts.
 * @example
 * await using host = await startHost([ordersService], { env: { ORDERS_DATABASE_URL: url } });
 */
export async function startHost(definitions: readonly ServiceDefinition[], options: HostOptions): Promise<Host> {
  const fixedGrpcPort = checkDefinitions(definitions);
  const core = createHostCore(definitions, options);
  const onCancel = (): void => core.ending.abort(canceled());
  if (options.signal?.aborted) onCancel();
  options.signal?.addEventListener('abort', onCancel, { once: true });
  const parts = new AsyncDisposableStack();
  try {
    const { host: config } = core.environment;
    const grpcPort =
      config.grpc_port === 0 && fixedGrpcPort !== undefined
        ? fixedPort(fixedGrpcPort, config.port_offset)
        : config.grpc_port;
    return await startParts(definitions, core, { parts, grpcPort });
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', onCancel);
  }
}

async function startParts(
  definitions: readonly ServiceDefinition[],
  core: HostCore,
  { parts, grpcPort }: { readonly parts: AsyncDisposableStack; readonly grpcPort: number },
): Promise<Host> {
  const { clock, logger, meter, environment, health, ending } = core;
  const { host: config } = environment;
  parts.use(installFaultPoints(core));
  parts.use(core.admission);
  health.process.addDetail('admission', () => core.admission.snapshot());
  if (environment.isInternalKeyRandom) logger.warn('no internal key is set, only this process knows the one it made');
  const services: StartedService[] = [];
  const circuits = createCircuitPages(() => circuitsOf(services, core), logger);
  const reload = new HostReload(core, () => services);
  const pages: Record<string, () => unknown> = {
    '/stats': () => showStats(core),
    '/circuits': () => circuits.show(),
    '/config': () => reload.status(),
  };
  const actions: Record<string, ManagementAction> = {
    '/circuits': (body) => circuits.force(body),
    '/config': () => reload.reload(),
  };
  const management = parts.use(
    await startManagementServer({
      health: health.process,
      meter,
      pages,
      actions,
      host: config.host,
      port: config.management_port,
    }),
  );

  const { tls } = core;
  if (tls !== undefined) {
    parts.use(tls.watch(ending.signal));
    health.process.addDetail('certificate', () => tls.status());
  }

  // Closed after the services, which use them to the end, although most are opened later.
  const connections = parts.use(new AsyncDisposableStack());
  const bindings: ServiceBinding[] = [];
  const createLocal = (caller: string): Transport => {
    const identity = core.identityOf(caller);
    const freeze = config.mode === 'local';
    return createInProcessTransport({ bindings: () => bindings, identity, logger, meter, clock, freeze });
  };
  const hosted = new Map(definitions.map((definition) => [definition.name, versionOf(definition, core)] as const));
  const discovery = openDiscovery(definitions, core, { connections, createLocal });

  const opening = definitions.map((definition) => openServiceDatabase(definition, core, parts));
  const databases = await allOrFirstFailure(opening);
  const bus = databases.some((database) => database !== undefined) ? await openHostBus(core, parts) : undefined;
  for (const [index, definition] of definitions.entries()) {
    ending.signal.throwIfAborted();
    const database = databases[index];
    const relayDatabase = bus === undefined ? undefined : await openRelayDatabase(definition, core, parts);
    const options = { core, discovery, database, relayDatabase, bus, hosted, createLocal, connections, parts };
    const service = await startService(definition, options);
    parts.defer(async () => service.running[Symbol.asyncDispose]?.());
    service.events?.start(service.running.consumers ?? [], parts);
    services.push(service);
    addOwnPages(service, { pages, actions });
    bindings.push(...service.bindings);
  }

  bindings.push(...bindOperations(services, { bus, clock }));

  const server = await listen(core, { bindings, port: grpcPort, parts });
  ending.signal.throwIfAborted();
  for (const each of health.all) each.setStarted();
  if (core.variables.MAINSTAY_CONFIG) parts.use(reload.watch(ending.signal));
  const grpcAddress = server?.address;
  const inFlight = (): number => server?.inFlight() ?? 0;
  health.process.addDetail('calls_in_flight', inFlight);
  logger.info('started', { services: [...hosted.keys()], grpc_address: grpcAddress, management_url: management.url });
  const announcing = { core, api: discovery.api, grpcAddress, managementUrl: management.url, inFlight };
  const announced = services.map((service) => announce(service, announcing)).filter((one) => one !== undefined);

  let stopped: Promise<void> | undefined;
  const stopOnce = async (): Promise<void> => {
    await drainHost({ core, announced, services, server });
    const close = (): Promise<void> => parts.disposeAsync();
    await withTimeout(closeLimitMs, close, { clock, what: 'closing' }).catch((error: unknown) => {
      logger.error('closing failed', { error: toPlatformError(error) });
    });
    logger.info('stopped');
  };
  const stop = (): Promise<void> => {
    stopped ??= stopOnce();
    return stopped;
  };
  return {
    services: services.map(hostedService),
    ...(grpcAddress === undefined ? {} : { grpcAddress }),
    managementUrl: management.url,
    announced: async (timeoutMs) => void (await Promise.all(announced.map((one) => one.settled(timeoutMs)))),
    reload: () => void reload.reload(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** What a service shows and takes stands below its name on the management port. */
function addOwnPages(
  { definition, running }: StartedService,
  to: { readonly pages: Record<string, () => unknown>; readonly actions: Record<string, ManagementAction> },
): void {
  for (const [name, page] of Object.entries(running.pages ?? {})) to.pages[`/${definition.name}/${name}`] = page;
  for (const [name, act] of Object.entries(running.actions ?? {})) to.actions[`/${definition.name}/${name}`] = act;
}

/** Waits for all to end, so that nothing opens behind the back of a failed start. */
async function allOrFirstFailure<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function listen(
  core: HostCore,
  at: { readonly bindings: readonly ServiceBinding[]; readonly port: number; readonly parts: AsyncDisposableStack },
): Promise<RpcServer | undefined> {
  if (at.bindings.length === 0) return undefined;
  const { clock, logger, meter, environment, ending } = core;
  const { host } = environment.host;
  const server = await startRpcServer({
    bindings: at.bindings,
    host,
    port: at.port,
    identity: core.identityOf('host'),
    logger,
    meter,
    clock,
    serving: () => !ending.signal.aborted,
    reflection: environment.host.reflection ?? environment.host.mode === 'local',
    engine: environment.host.rpc_engine,
    admit: core.admission.admit,
    ...(core.tls !== undefined && { credentials: core.tls.credentials }),
  });
  return at.parts.use(server);
}

/** Circuits of a service's own, or those that the host puts around its calls. */
function circuitsOf(
  services: readonly StartedService[],
  { protections }: HostCore,
): Readonly<Record<string, CircuitBreakers>> {
  return Object.fromEntries(
    services.flatMap(({ definition: { name }, running }) => {
      const circuits = running.circuits ?? protections.circuitsOf(name);
      return circuits === undefined ? [] : [[name, circuits] as const];
    }),
  );
}

function hostedService({ definition, instanceId, running }: StartedService): HostedService {
  const { address } = running;
  return { name: definition.name, instanceId, ...(address === undefined ? {} : { address }) };
}

function canceled(): PlatformError {
  return new PlatformError(serviceReasons.HOST_START_CANCELED, 'the start was called off');
}
