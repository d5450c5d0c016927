import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { type Code, codeNumber, type PlatformError } from '@mainstay/kernel';
import { toConnectError } from '../../wire/to-connect-error.ts';
import { encodeStatusMessage } from './status-message.ts';

/** Name and value in turn. */
export type StatusField = readonly [name: string, value: string];

/** What RFC 7541 section 4.1 counts for a field beside its characters. */
const fieldOverheadBytes = 32;

/** The status of a call that went well. */
export const okStatus: readonly StatusField[] = [['grpc-status', '0']];

/**
 * The status fields of an error: code, message and details, then the headers that go along with it.
 *
 * @param maxListBytes - what the peer takes; what does not fit is left out, headers first, then details, then the message.
 * @param headers - what goes along with the error.
 */
export function errorStatus(
  error: PlatformError,
  maxListBytes: number,
  headers: readonly StatusField[] = [],
): StatusField[] {
  const fields: StatusField[] = [];
  let bytes = 0;
  const add = (field: StatusField): void => {
    bytes += field[0].length + field[1].length + fieldOverheadBytes;
    if (bytes <= maxListBytes) fields.push(field);
  };
  // In the order of their worth.
  const shown = toConnectError(error);
  const status = setTrailerStatus(new Headers(), shown);
  status.set('grpc-message', encodeStatusMessage(shown.rawMessage));
  for (const name of ['grpc-status', 'grpc-message', 'grpc-status-details-bin']) {
    const value = status.get(name);
    if (value !== null && value !== '') add([name, value]);
  }
  for (const field of headers) add(field);
  if (fields.length === 0) fields.push(['grpc-status', String(codeNumber(error.code))]);
  return fields;
}

/** The code that an answer without gRPC status stands for (gRPC's `http-grpc-status-mapping`). */
export function codeOfHttpStatus(status: number): Code {
  switch (status) {
    case 400:
      return 'internal';
    case 401:
      return 'unauthenticated';
    case 403:
      return 'permission_denied';
    case 404:
      return 'unimplemented';
    case 429:
    case 502:
    case 503:
    case 504:
      return 'unavailable';
    default:
      return 'unknown';
  }
}
