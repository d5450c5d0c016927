import comments from '@mainstay/contracts/comments.json' with { type: 'json' };
import reasons from '@mainstay/contracts/reasons.json' with { type: 'json' };
import { contractServices } from '@mainstay/contracts/services';
import { fixedPort } from '@mainstay/kernel';
import { countPolicyEvents, createLoadShedder, type LoadShedder } from '@mainstay/resilience';
import { methodPolicy } from '@mainstay/rpc';
import {
  defineService,
  type RunningService,
  type ServiceContext,
  type ServiceDefinition,
  startLoop,
} from '@mainstay/service';
import { showClearReads } from './admin/clear-read-page.ts';
import { createKeyAdmin } from './admin/key-admin.ts';
import { showLimits, showRoutes } from './admin/pages.ts';
import { createSplitAdmin, type SplitSights } from './admin/split-admin.ts';
import { openClearReads } from './clear-reads/open-clear-reads.ts';
import { gatewayConfig } from './config.ts';
import { registryContracts } from './contracts/registry-contracts.ts';
import { createGateway } from './gateway.ts';
import type { ReloadableOptions } from './gateway-options.ts';
import { demoKeys } from './identity/api-keys.ts';
import { openManagedKeys } from './identity/keys/open-key-book.ts';
import { createQuotaStore } from './quotas/quota-store.ts';
import { Quotas } from './quotas/quotas.ts';
import { httpBindings } from './routes/http-rule.ts';
import { toLimiterSettings, toLimitSettings, toProtectionSettings, toSettings } from './settings.ts';
import { openLimiter } from './worker-channel/open-limiter.ts';
import { openSplits } from './worker-channel/open-splits.ts';

/** Services that some HTTP rule leads to. */
const routedServices = contractServices.filter(({ methods }) => methods.some((rpc) => httpBindings(rpc).length > 0));

const dayMs = 86_400_000;
/** Longest wait for the first picture of the registry, which need not be there. */
const pictureTimeoutMs = 2_000;

type Context = ServiceContext<typeof gatewayConfig>;

/**
 * The gateway: HTTP on port 8080, moved by the offset. It needs no other service to start.
 *
 * With a database it keeps API keys and monthly quotas there; without one it knows the keys of its configuration.
 */
export const gatewayService: ServiceDefinition<typeof gatewayConfig> = defineService({
  name: 'gateway',
  version: '0.1.0',
  config: gatewayConfig,
  database: { migrations: [new URL('../migrations/', import.meta.url)], optional: true },
  calls: routedServices.filter(({ methods }) => methods.some((rpc) => methodPolicy(rpc).target === '')),
  watchesAll: true,
  // Its circuits know clients and tenants, and answers that stand in for a service.
  protectsCalls: true,
  async start(context) {
    const parts = new AsyncDisposableStack();
    try {
      return await startGateway(context, parts);
    } catch (error) {
      await parts.disposeAsync();
      throw error;
    }
  },
});

async function startGateway(context: Context, parts: AsyncDisposableStack): Promise<RunningService> {
  const { config, version, listen, health, clock, logger, meter, signal } = context;
  const shedder = openShedder(context, parts);
  const limiter = await openLimiter(toLimiterSettings(config), { clock, logger, parts });
  const database = context.databaseIfAny;
  const refreshMs = config['identity.key_refresh_ms'];
  const keys =
    database === undefined ? undefined : await openManagedKeys(database, { refreshMs, clock, logger, signal, parts });
  const splits = await openSplits(database, {
    refreshMs: config['splits.refresh_ms'],
    clock,
    logger,
    signal,
    parts,
  });
  const quotas = openQuotas(context, parts);
  const keptDays = config['masking.record_days'];
  const clearReads =
    database === undefined ? undefined : openClearReads(database, { keptDays, clock, logger, signal, parts });
  const gateway = createGateway({
    ...toSettings(config),
    ...reloadable(context, config),
    httpEngine: listen.httpEngine,
    title: 'Mainstay',
    version,
    services: routedServices,
    comments: config['docs.enabled'] ? comments : undefined,
    reasons,
    client: (service) => context.client(service),
    isAbsent: (service) => isAbsent(context, service),
    clientOf: (service, name) => context.clientOf(service, name),
    clientAt: (service, version) => context.clientAt(service, version),
    splits: splits.book,
    ...(keys !== undefined && { findKey: (key) => keys.book.find(key) }),
    limiter,
    ...(quotas !== undefined && { quotas }),
    ...(clearReads !== undefined && { clearReads }),
    ...(config['learning.interval_ms'] > 0 && { learning: registryContracts(context) }),
    ...(shedder !== undefined && { admit: (priority) => shedder.admit(priority) }),
    clock,
    logger,
    meter,
  });
  parts.use(gateway);
  // Who is told that it listens may send at once, and without this the first requests would find no instance.
  await context.resolver.settled(pictureTimeoutMs);
  const address = await gateway.listen(listen.host, config['server.port'] ?? fixedPort('gateway', listen.portOffset));
  health.addDetail('gateway', () => ({ ...gateway.status(), load: shedder?.snapshot() ?? null }));
  logger.info('listening', { url: address });
  const admin = createKeyAdmin(keys, () => Object.keys(gateway.limits.settings().tiers), logger);
  const sights: SplitSights = {
    mirrored: (service) => gateway.mirror.reports(service),
    instancesOf: (service, of) => countInstances(context, service, of),
  };
  const splitAdmin = createSplitAdmin(splits, sights, logger);
  return {
    address,
    circuits: gateway.circuits,
    pages: {
      routes: () => showRoutes(gateway),
      limits: () => showLimits(gateway, { limiter, quotas }),
      keys: () => admin.show(),
      splits: () => splitAdmin.show(),
      'clear-reads': () => showClearReads(clearReads),
    },
    actions: { keys: (body) => admin.act(body), splits: (body) => splitAdmin.act(body) },
    reload: (next: Context['config']) => gateway.configure(reloadable(context, next)),
    drain: () => gateway.drain(),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** A service that is hosted beside the gateway is not in the registry, and never away. */
function isAbsent({ resolver }: Context, service: string): boolean {
  return resolver.status().connected && resolver.resolve(service).length === 0;
}

/** Undefined while nothing is known of a service and the registry is away: then nobody can tell which versions there are. */
function countInstances({ resolver }: Context, service: string, of: string): number | undefined {
  const isKnown = resolver.status().connected || resolver.resolve(service).length > 0;
  return isKnown ? resolver.resolve(service, { version: of }).length : undefined;
}

/** What may change while requests run. */
function reloadable({ mode }: Pick<Context, 'mode'>, config: Context['config']): ReloadableOptions {
  const apiKeys = config['clients.keys'];
  return {
    apiKeys: mode === 'local' ? [...demoKeys, ...apiKeys] : apiKeys,
    usage: toLimitSettings(config),
    issuers: config['identity.issuers'],
    protection: toProtectionSettings(config),
  };
}

/** Counts calls of a month where there is a database; without one quotas are not enforced, and that is said. */
function openQuotas(context: Context, parts: AsyncDisposableStack): Quotas | undefined {
  const { config, databaseIfAny, clock, logger, signal } = context;
  if (databaseIfAny === undefined) {
    logger.warn('there is no database: monthly quotas are not enforced, and API keys are those of the configuration');
    return undefined;
  }
  const store = createQuotaStore(databaseIfAny);
  const run = (): Promise<void> => store.forget();
  parts.use(startLoop({ name: 'removal of old quotas', intervalMs: dayMs, clock, logger, signal, run }));
  return parts.use(new Quotas({ store, block: config['quotas.block'], clock, logger }));
}

function openShedder({ config, clock, meter }: Context, parts: AsyncDisposableStack): LoadShedder | undefined {
  const fullLagMs = config['shed.lag_ms'];
  if (fullLagMs === 0) return undefined;
  return parts.use(createLoadShedder({ name: 'gateway', fullLagMs, clock, onEvent: countPolicyEvents(meter) }));
}
