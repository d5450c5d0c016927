import { AsyncLocalStorage } from 'node:async_hooks';
import { optionError } from '@mainstay/kernel';
import type { Metadata } from '../engine/metadata.ts';
import { headers } from '../wire/headers.ts';

const storage = new AsyncLocalStorage<Metadata>();

/** Runs a handler so that it can reach the headers of its answer. */
export function withAnswerHeader<T>(header: Metadata, run: () => T): T {
  return storage.run(header, run);
}

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
  const header = storage.getStore();
  if (header === undefined) throw optionError('setHttpStatus', 'called inside a handler', 'a call from outside');
  header.set(headers.httpStatus, String(status));
}
