import type { Message } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../errors.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';

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
    case Code.Unimplemented:
      return new PlatformError(rpcReasons.REQUEST_UNSUPPORTED, error.rawMessage, { cause: error });
    case Code.InvalidArgument:
    case Code.Internal:
      return new PlatformError(rpcReasons.REQUEST_MALFORMED, 'the request cannot be read', { cause: error });
    default:
      return fromConnectError(error);
  }
}

const sizeShape = /message size ([0-9]+) .* ([0-9]+)$/;

function sizeMessage(error: ConnectError): string {
  const [, size, limit] = sizeShape.exec(error.rawMessage) ?? [];
  return size === undefined
    ? 'the request is larger than the limit'
    : `the request has ${size} bytes, the limit is ${limit}`;
}
