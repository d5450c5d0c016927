import { type PlatformError, toPlatformError } from '@mainstay/kernel';
import { messagingReasons } from '../errors.ts';
import type { ConsumerNumbers } from './consumer-options.ts';
import type { Parking } from './parked-store.ts';

/** Longest sentence of an error that is kept. */
const maxMessageLength = 1_000;

/**
 * Decides what follows a failed attempt: another one after a pause that doubles with each, or none.
 *
 * Data that cannot be read stays unreadable, so it dies at once.
 */
export function nextParking(
  error: unknown,
  attempts: number,
  limits: Pick<ConsumerNumbers, 'maxAttempts' | 'retryDelayMs' | 'maxRetryDelayMs'>,
): Parking {
  const failure: PlatformError = toPlatformError(error);
  const isHopeless = failure.reason === messagingReasons.EVENT_UNREADABLE.name || attempts >= limits.maxAttempts;
  const pauseMs = Math.min(limits.maxRetryDelayMs, limits.retryDelayMs * 2 ** Math.min(30, attempts - 1));
  return {
    attempts,
    next: isHopeless ? 'dead' : Math.max(pauseMs, failure.retryAfterMs ?? 0),
    reason: failure.reason,
    message: failure.rawMessage.slice(0, maxMessageLength),
  };
}
