import { PlatformError } from '@mainstay/kernel';
import { messagingReasons } from '@mainstay/messaging';
import { type HostCore, waitOf } from '../core/host-core.ts';
import { serviceReasons } from '../errors.ts';
import { waitFor } from '../lifecycle/wait-for.ts';
import type { HostBus } from './host-bus.ts';

/** Subject on which processes wake work of others; the payload is which. */
const wakeSubject = 'mainstay.wakes';

/**
 * Opens a bus over a NATS.
 *
 * @throws {@link PlatformError} `failed_precondition` / `BUS_CLIENT_MISSING` when its client is not installed, or
 * `unavailable` / `BUS_UNAVAILABLE` when it was not there within the time a start waits for databases.
 */
export async function openNatsHostBus(
  core: HostCore,
  { url, parts }: { readonly url: string; readonly parts: AsyncDisposableStack },
): Promise<HostBus> {
  const { environment } = core;
  const { createNatsBus, openNats } = await loadNats();
  const logger = core.loggerOf('bus', {});
  const link = parts.use(
    await waitFor(
      {
        what: 'NATS',
        open: () => openNats({ url, name: [...environment.services.keys()].join('+'), logger }),
        isWorthWaiting: ({ reason }) => reason === messagingReasons.BUS_UNAVAILABLE.name,
      },
      waitOf(core),
    ),
  );
  const bell = link.bell(wakeSubject);
  return {
    bus: createNatsBus({ link, replicas: environment.host.bus_replicas }),
    wakesOf: (work) => ({
      ring: () => bell.ring(work),
      onRing: (callback) =>
        link.onRing(wakeSubject, (payload) => {
          if (payload === undefined || payload === work) callback();
        }),
    }),
  };
}

/** Loads the client only where it is used: it is an optional dependency. */
async function loadNats(): Promise<typeof import('@mainstay/messaging/nats')> {
  try {
    return await import('@mainstay/messaging/nats');
  } catch (cause) {
    const message =
      'MAINSTAY_BUS_URL is the address of a NATS, and @nats-io/transport-node or @nats-io/jetstream is not installed';
    throw new PlatformError(serviceReasons.BUS_CLIENT_MISSING, message, { cause });
  }
}
