import { optionError } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import type { Degradation } from '@mainstay/resilience';
import { headers } from '../wire/headers.ts';
import { ServedCall } from './served-call.ts';

/**
 * Sets the HTTP status that the edge answers with when this call succeeds, from inside a handler.
 *
 * Travels as the answer header `mainstay-http-status`; must be set before the first message of a stream.
 *
 * @param status - 200 to 299.
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` outside of a handler or for another status.
 * @example
 * setHttpStatus(202); // the order is still running
 */
export function setHttpStatus(status: number): void {
  if (!Number.isInteger(status) || status < 200 || status > 299) throw optionError('status', '200 to 299', status);
  answeredCall('setHttpStatus').responseHeader.set(headers.httpStatus, String(status));
}

/**
 * Says that the answer of this call is another one than it should be, from inside a handler; made for `onDegraded` of a policy.
 *
 * Travels as the answer header `mainstay-degraded`, which the edge shows to clients; may be called several times.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` outside of a handler.
 * @example
 * const stock = await lastStock.execute(() => readStock(sku), { cacheKey: sku, onDegraded: setDegraded });
 */
export function setDegraded(degradation: Degradation): void {
  answeredCall('setDegraded').responseHeader.append(headers.degraded, formatDegradation(degradation));
}

/** A member of `Mainstay-Degraded`, for example `stale_cache;name="stock";age=12`. */
export function formatDegradation({ policy, name, ageMs }: Degradation): string {
  const age = ageMs === undefined ? '' : `;age=${Math.round(ageMs / 1_000)}`;
  return `${policy};name="${name.replaceAll(/[^\x20-\x7e]|["\\]/g, '')}"${age}`;
}

function answeredCall(what: string): ServedCall {
  const call = currentContext()?.owner;
  if (call instanceof ServedCall) return call;
  throw optionError(what, 'called inside a handler', 'a call from outside');
}
