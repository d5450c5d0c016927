import { PlatformError } from '@mainstay/kernel';
import { cardNetworkReasons as reasons } from '../errors.ts';
import type { Authorization, AuthorizationStatus } from './authorization.ts';

function requireStatus(current: Authorization, what: string, allowed: readonly AuthorizationStatus[]): void {
  if (allowed.includes(current.status)) return;
  throw new PlatformError(
    reasons.CARD_NETWORK_AUTHORIZATION_STATE,
    `authorization ${current.id} is ${current.status}, so it cannot be ${what}`,
  );
}

/**
 * How much a capture takes.
 *
 * @param wantedMinor - undefined means everything that is held.
 */
export function decideCapture(current: Authorization, wantedMinor: number | undefined): number {
  requireStatus(current, 'captured', ['authorized']);
  const amount = wantedMinor ?? current.amount_minor;
  if (amount <= current.amount_minor) return amount;
  throw new PlatformError(
    reasons.CARD_NETWORK_CAPTURE_TOO_LARGE,
    `${amount} exceeds the ${current.amount_minor} held by authorization ${current.id}`,
  );
}

/** How much a void frees. */
export function decideVoid(current: Authorization): number {
  requireStatus(current, 'voided', ['authorized']);
  return current.amount_minor;
}

/**
 * How much a refund gives back.
 *
 * @param wantedMinor - undefined means everything that is left.
 */
export function decideRefund(current: Authorization, wantedMinor: number | undefined): number {
  requireStatus(current, 'refunded', ['captured', 'partially_refunded']);
  const left = current.captured_minor - current.refunded_minor;
  const amount = wantedMinor ?? left;
  if (amount <= left) return amount;
  throw new PlatformError(
    reasons.CARD_NETWORK_REFUND_TOO_LARGE,
    `${amount} exceeds the ${left} left on authorization ${current.id}`,
  );
}
