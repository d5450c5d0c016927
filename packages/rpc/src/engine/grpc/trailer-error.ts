import type { ConnectError } from '@connectrpc/connect';
import { findTrailerError } from '@connectrpc/connect/protocol-grpc';

/**
 * Reads the error that trailers tell of; undefined when they tell of none.
 *
 * Total: details that are not base64 of a status are left out, and a message that is not percent-encoded is taken as it
 * is, so that a peer's mistake costs no more than its details.
 */
export function readTrailerError(trailers: Headers): ConnectError | undefined {
  try {
    return findTrailerError(trailers);
  } catch {
    const readable = new Headers(trailers);
    readable.delete('grpc-status-details-bin');
    const message = readable.get('grpc-message');
    if (message !== null) readable.set('grpc-message', encodeURIComponent(readMessage(message)));
    return findTrailerError(readable);
  }
}

function readMessage(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    // A lone percent sign, or bytes that are no UTF-8: better the text as it came than none.
    return message;
  }
}
