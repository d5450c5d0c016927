const notPlain = /[^\x20-\x24\x26-\x7e]/gu;

/**
 * Writes a sentence as gRPC's `grpc-message` asks for: only `%` and what is not printable ASCII is percent-encoded.
 *
 * Peers that decode less than a URL's encoding show the rest as it is.
 */
export function encodeStatusMessage(message: string): string {
  return message.toWellFormed().replace(notPlain, encodeURIComponent);
}
