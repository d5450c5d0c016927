import type { HostCore } from '../core/host-core.ts';
import type { HostBus } from './host-bus.ts';
import { openNatsHostBus } from './nats-host-bus.ts';
import { openPostgresHostBus } from './postgres-host-bus.ts';

/**
 * Opens the bus that `MAINSTAY_BUS_URL` names, for all services of a host; its scheme says what it is.
 *
 * @returns undefined without an address; events wait in the outboxes then.
 */
export async function openHostBus(core: HostCore, parts: AsyncDisposableStack): Promise<HostBus | undefined> {
  const url = core.environment.host.bus_url;
  if (url === undefined) return undefined;
  const open = url.startsWith('postgres') ? openPostgresHostBus : openNatsHostBus;
  return await open(core, { url, parts });
}
