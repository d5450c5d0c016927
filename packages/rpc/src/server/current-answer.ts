import { optionError } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
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
  const call = currentContext()?.owner;
  if (!(call instanceof ServedCall))
    throw optionError('setHttpStatus', 'called inside a handler', 'a call from outside');
  call.responseHeader.set(headers.httpStatus, String(status));
}
