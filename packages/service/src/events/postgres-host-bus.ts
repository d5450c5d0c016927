import { busChannel, busMigrations, createPostgresBus } from '@mainstay/messaging';
import { createBell, runMigrations, startListener } from '@mainstay/postgres';
import { type HostCore, waitOf } from '../core/host-core.ts';
import { waitForDatabase } from '../lifecycle/wait-for-database.ts';
import { keepBusFor } from './event-retention.ts';
import type { HostBus } from './host-bus.ts';

/** Channel on which processes wake work of others; the payload is which. */
const wakeChannel = 'mainstay_wakes';

/** Enough for one relay and some consumers; none holds a connection for long. */
const maxConnections = 5;

/** Opens a bus in a database of its own, whose tables it makes. */
export async function openPostgresHostBus(
  core: HostCore,
  { url, parts }: { readonly url: string; readonly parts: AsyncDisposableStack },
): Promise<HostBus> {
  const { clock, meter, ending } = core;
  const logger = core.loggerOf('bus', {});
  const database = parts.use(
    await waitForDatabase({ url, name: 'bus', logger, meter, clock, maxConnections }, waitOf(core)),
  );
  await runMigrations({ database, directory: busMigrations, logger });
  const keptDays = core.environment.host.bus_kept_days;
  if (keptDays > 0) parts.use(keepBusFor(keptDays, { database, clock, logger, signal: ending.signal }));
  const listener = parts.use(startListener({ url, name: 'bus', logger, clock }));
  const wakeBell = createBell(database, wakeChannel, logger);
  return {
    bus: createPostgresBus({ database, bell: createBell(database, busChannel, logger), listener }),
    wakesOf: (work) => ({
      ring: () => wakeBell.ring(work),
      onRing: (callback) =>
        listener.on(wakeChannel, (payload) => {
          if (payload === undefined || payload === work) callback();
        }),
    }),
  };
}
