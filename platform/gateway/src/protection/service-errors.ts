import { kernelReasons, PlatformError, toPlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';

/** Reasons of calls that broke below the service: it was registered, and the connection to it failed. */
const brokenConnections: ReadonlySet<string> = new Set([
  'CONNECTION_LOST',
  'PEER_UNREACHABLE',
  'SERVER_DRAINING',
  'STREAM_REFUSED',
  'STATUS_UNAVAILABLE',
]);

/** Reasons that blame the caller of the service, which is the gateway itself: clients must not be told to sign in. */
const ownFaults: ReadonlySet<string> = new Set(['IDENTITY_INVALID', 'METHOD_INTERNAL']);

/**
 * Says for clients what happened to a call: `CIRCUIT_OPEN`, `NO_INSTANCE` and everything the service itself said stay
 * as they are; the ways a connection can break become one reason without addresses.
 */
export function toServiceError(error: unknown, serviceName: string): PlatformError {
  const platformError = toPlatformError(error);
  if (ownFaults.has(platformError.reason)) {
    return new PlatformError(kernelReasons.INTERNAL, platformError.rawMessage, {
      executed: 'no',
      cause: platformError,
    });
  }
  if (!brokenConnections.has(platformError.reason)) return platformError;
  return new PlatformError(gatewayReasons.UPSTREAM_UNAVAILABLE, `the ${serviceName} service cannot be reached`, {
    executed: platformError.executed,
    cause: platformError,
  });
}
