import { PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import { parseTimeout } from '../../wire/timeout.ts';
import type { Metadata } from '../metadata.ts';
import type { Encoding } from './compression.ts';
import type { IncomingFault } from './incoming-fault.ts';

/** What a caller is told whose request cannot be read. */
export function refusalOf(fault: IncomingFault, maxMessageBytes: number): PlatformError {
  switch (fault.kind) {
    case 'too_large': {
      const message = `the request has ${fault.bytes} bytes, the limit is ${maxMessageBytes}`;
      return new PlatformError(rpcReasons.MESSAGE_TOO_LARGE, message);
    }
    case 'unpacked_too_large':
      return new PlatformError(rpcReasons.MESSAGE_TOO_LARGE, `the request is larger than ${maxMessageBytes} bytes`);
    case 'flags':
    case 'not_packed':
    case 'packing':
      return new PlatformError(rpcReasons.REQUEST_MALFORMED, 'the request cannot be read');
  }
}

/** How the messages of a call are packed. */
export interface Packing {
  readonly requests: Encoding;
  /** As the caller asks for. */
  readonly answers: Encoding;
}

/** Nothing is packed. */
export const unpacked: Packing = { requests: 'identity', answers: 'identity' };
const packedAnswers: Packing = { requests: 'identity', answers: 'gzip' };
const packedRequests: Packing = { requests: 'gzip', answers: 'identity' };
const packedBoth: Packing = { requests: 'gzip', answers: 'gzip' };

/** Reads from its headers how the messages of a call are packed; an error when they cannot be understood. */
export function readPacking(header: Metadata): Packing | PlatformError {
  const timeout = header.get('grpc-timeout');
  if (timeout !== undefined && parseTimeout(timeout) === undefined) {
    return new PlatformError(rpcReasons.REQUEST_MALFORMED, 'grpc-timeout is malformed');
  }
  const accepted = header.get('grpc-accept-encoding');
  const asksForGzip = accepted !== undefined && /(^|[ ,])gzip($|[ ,;])/.test(accepted);
  const encoding = header.get('grpc-encoding') ?? 'identity';
  if (encoding === 'identity') return asksForGzip ? packedAnswers : unpacked;
  if (encoding === 'gzip') return asksForGzip ? packedBoth : packedRequests;
  const message = `messages packed with ${encoding.slice(0, 40)} are not understood, only gzip`;
  return new PlatformError(rpcReasons.REQUEST_UNSUPPORTED, message);
}
