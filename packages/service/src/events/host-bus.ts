import { type Bus, busChannel, busMigrations, createPostgresBus } from '@mainstay/messaging';
import { createBell, runMigrations, startListener } from '@mainstay/postgres';
import type { HostCore } from '../host/host-core.ts';
import { waitForDatabase } from '../lifecycle/wait-for-database.ts';

/** The bus of a host, and a way to wake the relay of a service wherever it runs. */
export interface HostBus {
  readonly bus: Bus;
  /** Tells the relay of a service, in whatever process it works, that events wait. */
  wakeRelay(service: string): void;
  /** Calls back when somebody wakes the relay of a service. */
  onWake(service: string, callback: () => void): () => void;
}

/** Channel on which processes wake relays of others; the payload is the service. */
const outboxChannel = 'mainstay_outbox';

/** Enough for one relay and some consumers; none holds a connection for long. */
const maxConnections = 5;

/**
 * Opens the bus that `MAINSTAY_BUS_URL` names, for all services of a host.
 *
 * @returns undefined without an address; events wait in the outboxes then.
 */
export async function openHostBus(core: HostCore, parts: AsyncDisposableStack): Promise<HostBus | undefined> {
  const { clock, environment, meter, ending } = core;
  const url = environment.host.bus_url;
  if (url === undefined) return undefined;
  const logger = core.loggerOf('bus', {});
  const database = parts.use(
    await waitForDatabase({
      database: { url, name: 'bus', logger, meter, clock, maxConnections },
      clock,
      limitMs: environment.host.database_wait_ms,
      onWaiting: core.onProgress,
      signal: ending.signal,
    }),
  );
  await runMigrations({ database, directory: busMigrations, logger });
  const listener = parts.use(startListener({ url, name: 'bus', logger, clock }));
  const outboxBell = createBell(database, outboxChannel, logger);
  return {
    bus: createPostgresBus({ database, bell: createBell(database, busChannel, logger), listener }),
    wakeRelay: (service) => outboxBell.ring(service),
    onWake: (service, callback) =>
      listener.on(outboxChannel, (payload) => {
        if (payload === undefined || payload === service) callback();
      }),
  };
}
