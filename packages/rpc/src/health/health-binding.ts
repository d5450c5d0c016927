import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '@mainstay/contracts/grpc/health/v1/health';
import { type Clock, PlatformError } from '@mainstay/kernel';
import { bindService, type ServiceBinding } from '../contract/binding.ts';
import { statusReasons } from '../errors.ts';

/** How often a watched status is looked at; nobody tells us of changes. */
const watchIntervalMs = 1_000;

/**
 * Binds gRPC's own health service: the server as a whole, and each bound service, serve while `serving` says so.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function bindHealth(
  bindings: readonly ServiceBinding[],
  options: { readonly serving: () => boolean; readonly clock: Clock },
): ServiceBinding {
  const names = new Set(['', ...bindings.map(({ service }) => service.typeName)]);
  const statusOf = (name: string): ServingStatus => {
    if (!names.has(name)) return ServingStatus.SERVICE_UNKNOWN;
    return options.serving() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  };

  return bindService(Health, {
    check({ service }) {
      const status = statusOf(service);
      if (status === ServingStatus.SERVICE_UNKNOWN) {
        throw new PlatformError(statusReasons.STATUS_NOT_FOUND, 'no such service is served here');
      }
      return { status };
    },
    list: () => ({ statuses: Object.fromEntries([...names].map((name) => [name, { status: statusOf(name) }])) }),
    async *watch({ service }, { signal }) {
      let last: ServingStatus | undefined;
      while (!signal.aborted) {
        const status = statusOf(service);
        if (status !== last) yield { status };
        last = status;
        // Ends with the call; the loop sees it.
        await options.clock.sleep(watchIntervalMs, signal).catch(() => undefined);
      }
    },
  });
}
