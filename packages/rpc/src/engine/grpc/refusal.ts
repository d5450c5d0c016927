import { PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import { parseTimeout } from '../../wire/timeout.ts';
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

/** How the messages of a request are packed; an error when its headers cannot be understood. */
export function readEncoding(header: Headers): Encoding | PlatformError {
  const timeout = header.get('grpc-timeout');
  if (timeout !== null && parseTimeout(timeout) === undefined) {
    return new PlatformError(rpcReasons.REQUEST_MALFORMED, 'grpc-timeout is malformed');
  }
  const encoding = header.get('grpc-encoding') ?? 'identity';
  if (encoding === 'identity' || encoding === 'gzip') return encoding;
  const message = `messages packed with ${encoding.slice(0, 40)} are not understood, only gzip`;
  return new PlatformError(rpcReasons.REQUEST_UNSUPPORTED, message);
}
