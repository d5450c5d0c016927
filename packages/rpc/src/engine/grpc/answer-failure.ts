import { PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import { statusReason } from '../../wire/standard-details.ts';
import type { IncomingFault } from './incoming-fault.ts';
import { codeOfHttpStatus } from './status.ts';

/** What a caller is told whose answer cannot be read. */
export function answerFailure(
  fault: IncomingFault,
  { address, maxMessageBytes }: { readonly address: string; readonly maxMessageBytes: number },
): PlatformError {
  if (fault.kind === 'too_large' || fault.kind === 'unpacked_too_large') {
    const message = `the answer of ${address} is larger than ${maxMessageBytes} bytes`;
    return new PlatformError(rpcReasons.MESSAGE_TOO_LARGE, message, { executed: 'yes' });
  }
  return protocolBroken(address, 'an answer cannot be unpacked');
}

/** What a caller is told whose answer is against the rules of gRPC. */
export function protocolBroken(address: string, what: string, cause?: unknown): PlatformError {
  return new PlatformError(rpcReasons.PROTOCOL_VIOLATED, `${address} broke the protocol: ${what}`, { cause });
}

/** What a caller is told whose answer is HTTP and not gRPC. */
export function httpFailure(address: string, status: string): PlatformError {
  return new PlatformError(
    statusReason(codeOfHttpStatus(Number(status))),
    `${address} answered with HTTP status ${status}`,
  );
}
