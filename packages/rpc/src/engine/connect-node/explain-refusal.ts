import type { Message } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { findTrailerError, setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import { fromConnectError } from '../../wire/from-connect-error.ts';
import { toConnectError } from '../../wire/to-connect-error.ts';

/**
 * Gives a reason to errors that the library raises before or after our handler: bytes that are no message, a message
 * over the limit, a malformed `grpc-timeout`.
 */
export function explainRefusal(
  answer: UniversalServerResponse,
  onRefused: (error: PlatformError) => void,
): UniversalServerResponse {
  const { body, trailer } = answer;
  if (body === undefined || trailer === undefined) return answer;
  async function* explained(source: AsyncIterable<Uint8Array>, status: Headers): AsyncIterable<Uint8Array> {
    yield* source;
    const error = findTrailerError(status);
    // Our own errors always have details.
    if (error === undefined || error.details.length > 0) return;
    const refusal = toRefusal(error);
    setTrailerStatus(status, toConnectError(refusal));
    onRefused(refusal);
  }
  return { ...answer, body: explained(body, trailer) };
}

/** Lets a handler that reads a stream of requests see our errors instead of the library's. */
export async function* readableRequests(requests: AsyncIterable<Message>): AsyncIterable<Message> {
  try {
    yield* requests;
  } catch (error) {
    throw error instanceof ConnectError ? toRefusal(error) : error;
  }
}

function toRefusal(error: ConnectError): PlatformError {
  switch (error.code) {
    case Code.ResourceExhausted:
      return new PlatformError(rpcReasons.MESSAGE_TOO_LARGE, sizeMessage(error), { cause: error });
    case Code.InvalidArgument:
    case Code.Unimplemented:
      return new PlatformError(rpcReasons.REQUEST_MALFORMED, 'the request cannot be read', { cause: error });
    default:
      return fromConnectError(error);
  }
}

const sizeShape = /message size ([0-9]+)?.*?(readMaxBytes|writeMaxBytes) ([0-9]+)/;

function sizeMessage(error: ConnectError): string {
  const [, size, side, limit] = sizeShape.exec(error.rawMessage) ?? [];
  const what = side === 'writeMaxBytes' ? 'the answer' : 'the request';
  return size === undefined ? `${what} is larger than the limit` : `${what} has ${size} bytes, the limit is ${limit}`;
}
