import type { Bus } from '@mainstay/messaging';
import type { HostCore } from '../host/host-core.ts';
import { openNatsHostBus } from './nats-host-bus.ts';
import { openPostgresHostBus } from './postgres-host-bus.ts';

/** The bus of a host, and a way to wake the relay of a service wherever it runs. */
export interface HostBus {
  readonly bus: Bus;
  /** Tells the relay of a service, in whatever process it works, that events wait. */
  wakeRelay(service: string): void;
  /** Calls back when somebody wakes the relay of a service. */
  onWake(service: string, callback: () => void): () => void;
}

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
