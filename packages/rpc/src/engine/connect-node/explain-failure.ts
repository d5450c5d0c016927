import { type ClientHttp2Stream, constants, type Http2Session } from 'node:http2';
import { Code, ConnectError } from '@connectrpc/connect';
import { type Cancellation, type Executed, isPlatformError, PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import { abortFailure } from '../../wire/abort-failure.ts';
import { fromConnectError } from '../../wire/from-connect-error.ts';

/** What is known of one call on its way; filled as it goes. */
export interface SentCall {
  readonly address: string;
  readonly cancellation: Cancellation;
  /** Set once the call has an HTTP/2 stream. */
  stream?: ClientHttp2Stream;
  session?: Http2Session | undefined;
  /** Frees the listener on the caller's cancellation. */
  release?: () => void;
  /** Resets the stream. */
  cancel?: () => void;
}

/**
 * Turns whatever a call ended with into a PlatformError that says whether it may have run.
 *
 * In this order: the caller gave up; the peer answered with a status; no connection; refused by the peer; the
 * connection or stream broke; the peer broke the protocol.
 */
export function explainFailure(error: unknown, sent: SentCall): PlatformError {
  sent.release?.();
  const executed: Executed = wasSent(sent) ? 'maybe' : 'no';
  if (sent.cancellation.isCanceled) return abortFailure(sent.cancellation.reason, executed);
  const known = isPlatformError(error) || !(error instanceof ConnectError) ? error : error.cause;
  if (isPlatformError(known)) return known;
  if (error instanceof ConnectError && error.isWireError) return fromConnectError(error);
  if (sent.stream === undefined) {
    return new PlatformError(rpcReasons.PEER_UNREACHABLE, `no connection to ${sent.address}`, { cause: error });
  }
  const reset = sent.stream.rstCode;
  if (reset === constants.NGHTTP2_REFUSED_STREAM || !wasSent(sent)) {
    return new PlatformError(rpcReasons.STREAM_REFUSED, `${sent.address} took no new call`, { cause: error });
  }
  const sizeError = error instanceof ConnectError ? tooLarge(error, sent) : undefined;
  if (sizeError !== undefined) return sizeError;
  if (error instanceof ConnectError && httpStatusShape.test(error.rawMessage)) return fromConnectError(error);
  if (hasBroken(sent) || (error instanceof ConnectError && error.code === Code.Aborted)) {
    const message = `the connection to ${sent.address} broke during the call`;
    return new PlatformError(rpcReasons.CONNECTION_LOST, message, { cause: error });
  }
  if (error instanceof ConnectError && error.code !== Code.Internal) return fromConnectError(error);
  const message = `${sent.address} broke the protocol`;
  return new PlatformError(rpcReasons.PROTOCOL_VIOLATED, message, { cause: error });
}

/** An answer that is HTTP and not gRPC, for example a 404; the library has chosen the code that gRPC asks for. */
const httpStatusShape = /^HTTP [0-9]{3}$/;

/** A stream without an id waits for its turn on the connection. */
function wasSent({ stream }: SentCall): boolean {
  return stream?.id !== undefined;
}

function hasBroken({ stream, session }: SentCall): boolean {
  const isGone = session === undefined || session.destroyed || session.closed;
  return isGone || (stream !== undefined && (stream.rstCode ?? 0) !== constants.NGHTTP2_NO_ERROR);
}

const sizeShape = /(readMaxBytes|writeMaxBytes)/;

/** The library's own limit: on the request before it leaves, on the answer while it arrives. */
function tooLarge(error: ConnectError, { address }: SentCall): PlatformError | undefined {
  const side = error.code === Code.ResourceExhausted ? sizeShape.exec(error.rawMessage)?.[1] : undefined;
  if (side === undefined) return undefined;
  const isRequest = side === 'writeMaxBytes';
  const what = isRequest ? `the request to ${address}` : `the answer of ${address}`;
  return new PlatformError(rpcReasons.MESSAGE_TOO_LARGE, `${what} is larger than the limit`, {
    executed: isRequest ? 'no' : 'yes',
    cause: error,
  });
}
