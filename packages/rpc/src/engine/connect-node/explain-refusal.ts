import type { Message } from '@bufbuild/protobuf';
import { Code, ConnectError, type ContextKey, createContextKey } from '@connectrpc/connect';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { findTrailerError, setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import { fromConnectError } from '../../wire/from-connect-error.ts';
import { toConnectError } from '../../wire/to-connect-error.ts';
import { encodeStatusMessage } from './status-message.ts';

/** How far a request has come. */
export interface RequestProgress {
  /** Set when our handler was called; errors before are about the request, errors after about the answer. */
  isHandled: boolean;
}

/** Where the progress of a request is kept. */
export const progressKey: ContextKey<RequestProgress> = createContextKey<RequestProgress>({ isHandled: false });

/**
 * Gives a reason to errors that the library raises before or after our handler: bytes that are no message, a message
 * over the limit, a malformed `grpc-timeout`.
 */
export function explainRefusal(
  answer: UniversalServerResponse,
  progress: RequestProgress,
  onRefused: (error: PlatformError) => void,
): UniversalServerResponse {
  const { body, trailer } = answer;
  if (body === undefined || trailer === undefined) return answer;
  async function* explained(source: AsyncIterable<Uint8Array>, status: Headers): AsyncIterable<Uint8Array> {
    yield* source;
    const error = findTrailerError(status);
    if (error === undefined) return;
    // Our own errors always have details.
    if (error.details.length === 0) {
      const refusal = progress.isHandled ? toAnswerFailure(error) : toRefusal(error);
      setTrailerStatus(status, toConnectError(refusal));
      onRefused(refusal);
    }
    status.set('grpc-message', encodeStatusMessage(findTrailerError(status)?.rawMessage ?? ''));
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
      return new PlatformError(rpcReasons.MESSAGE_TOO_LARGE, sizeMessage('the request', error), { cause: error });
    case Code.Unimplemented:
      return new PlatformError(rpcReasons.REQUEST_UNSUPPORTED, error.rawMessage, { cause: error });
    case Code.InvalidArgument:
    case Code.Internal:
      return new PlatformError(rpcReasons.REQUEST_MALFORMED, 'the request cannot be read', { cause: error });
    default:
      return fromConnectError(error);
  }
}

function toAnswerFailure(error: ConnectError): PlatformError {
  const options = { executed: 'yes', cause: error } as const;
  return error.code === Code.ResourceExhausted
    ? new PlatformError(rpcReasons.MESSAGE_TOO_LARGE, sizeMessage('the answer', error), options)
    : new PlatformError(rpcReasons.ANSWER_UNWRITABLE, 'the answer of the handler cannot be written', options);
}

const sizeShape = /message size ([0-9]+) .* ([0-9]+)$/;

function sizeMessage(what: string, error: ConnectError): string {
  const [, size, limit] = sizeShape.exec(error.rawMessage) ?? [];
  return size === undefined ? `${what} is larger than the limit` : `${what} has ${size} bytes, the limit is ${limit}`;
}
