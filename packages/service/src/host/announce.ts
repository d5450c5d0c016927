import { createRegistration, type RegistryApi } from '@mainstay/discovery';
import type { HostCore } from '../core/host-core.ts';
import { watchReadiness } from '../lifecycle/watch-readiness.ts';
import { advertisedAddress } from './advertised-address.ts';
import type { StartedService } from './hosted-service.ts';

/** How a service is announced. */
export interface AnnounceOptions {
  readonly core: HostCore;
  readonly api: RegistryApi;
  /** `host:port` of the gRPC listener, when there is one. */
  readonly grpcAddress: string | undefined;
  readonly managementUrl: string;
  readonly inFlight: () => number;
}

/** A service that is kept in the registry; disposing takes it out and never throws. */
export interface Announcement extends AsyncDisposable {
  /** Resolves once callers can find the service, or cannot because the registry is away; at the latest after `timeoutMs`. */
  settled(timeoutMs: number): Promise<void>;
}

/**
 * Keeps a service in the registry as its readiness says: registers when it is ready for the first time, then reports
 * unhealthy while it is not.
 *
 * An absent registry changes nothing for the service: it serves and the registration goes on trying.
 *
 * @returns undefined for a service that is not announced.
 */
export function announce(service: StartedService, options: AnnounceOptions): Announcement | undefined {
  const { definition, instanceId, running } = service;
  const { core, api, inFlight } = options;
  const address = addressOf(service, options);
  if (definition.register === false || address === undefined) return undefined;

  const { zone, advertised_host: advertisedHost, readiness_interval_ms: intervalMs } = core.environment.host;
  const logger = core.loggerOf(definition.name, { instance_id: instanceId });
  const registration = createRegistration({
    api,
    clock: core.clock,
    // Adds the id of the instance itself.
    logger: core.loggerOf(definition.name, {}),
    instance: {
      id: instanceId,
      service: definition.name,
      address: advertisedAddress(address, advertisedHost),
      managementUrl: advertisedUrl(options.managementUrl, advertisedHost),
      metadata: {
        version: service.version,
        ...(zone === undefined ? {} : { zone }),
        ...abilitiesOf(service),
        ...(running.address === undefined ? {} : { url: running.address }),
      },
    },
    report: () => ({ state: 'healthy', load: inFlight() }),
  });
  const health = core.health.of(definition.name);
  health.addDetail('registration', () => registration.status());

  const stopping = new AbortController();
  const watching = watchReadiness({
    health,
    clock: core.clock,
    intervalMs,
    signal: stopping.signal,
    onChange(isReady, reason) {
      if (isReady) registration.start();
      registration.setState(isReady ? undefined : 'unhealthy');
      if (isReady) logger.info('ready');
      else logger.warn('not ready', { reason });
    },
  });
  return {
    settled: (timeoutMs) => registration.settled(timeoutMs),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching;
      await registration.stop();
    },
  };
}

/** What operators may ask the service about: by it they find those that have sagas, events, projections or stuck work. */
function abilitiesOf({ definition, running, database }: StartedService): { readonly operations?: string } {
  if (database === undefined) return {};
  const hasEvents = (definition.tells ?? []).length > 0 || (running.consumers ?? []).length > 0;
  const abilities = [
    'stuck',
    ...(running.sagas === undefined ? [] : ['sagas']),
    ...(hasEvents ? ['events'] : []),
    ...(running.projections === undefined ? [] : ['projections']),
  ];
  return { operations: abilities.join(',') };
}

function addressOf({ running, bindings }: StartedService, { grpcAddress }: AnnounceOptions): string | undefined {
  if (bindings.length > 0) return grpcAddress;
  return running.address === undefined ? undefined : new URL(running.address).host;
}

function advertisedUrl(url: string, advertisedHost: string | undefined): string {
  return `http://${advertisedAddress(new URL(url).host, advertisedHost)}`;
}
