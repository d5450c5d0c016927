import { type Executed, PlatformError, type Reason } from '@mainstay/kernel';
import { rpcReasons, statusReasons } from '../../errors.ts';
import { errorCode, errorCodeName } from './error-code.ts';
import type { StreamReset } from './stream-reset.ts';

/**
 * What a call failed with whose stream or connection ended early, and whether it may have run.
 *
 * | end | reason | executed |
 * |---|---|---|
 * | REFUSED_STREAM, or above the last stream of GOAWAY | STREAM_REFUSED | no |
 * | connection broken, CANCEL, NO_ERROR, INTERNAL_ERROR, STREAM_CLOSED | CONNECTION_LOST | maybe |
 * | ENHANCE_YOUR_CALM | STATUS_RESOURCE_EXHAUSTED | maybe |
 * | INADEQUATE_SECURITY | STATUS_PERMISSION_DENIED | no |
 * | any other code, or a fault that we found | PROTOCOL_VIOLATED | maybe |
 */
export function explainReset(reset: StreamReset, address: string): PlatformError {
  const code = errorCodeName(reset.code);
  if (reset.isUnprocessed) return new PlatformError(rpcReasons.STREAM_REFUSED, `${address} took no new call`);
  if (reset.origin === 'us') return failure(rpcReasons.PROTOCOL_VIOLATED, `${address}: ${reset.message}`, 'maybe');
  switch (reset.code) {
    case errorCode.noError:
    case errorCode.internalError:
    case errorCode.streamClosed:
    case errorCode.cancel: {
      const message =
        reset.origin === 'connection'
          ? `the connection to ${address} broke during the call: ${reset.message}`
          : `${address} reset the call with ${code}`;
      return failure(rpcReasons.CONNECTION_LOST, message, 'maybe');
    }
    case errorCode.enhanceYourCalm:
      return failure(statusReasons.STATUS_RESOURCE_EXHAUSTED, `${address} reset the call with ${code}`, 'maybe');
    case errorCode.inadequateSecurity:
      return failure(statusReasons.STATUS_PERMISSION_DENIED, `${address} reset the call with ${code}`, 'no');
    default:
      return failure(rpcReasons.PROTOCOL_VIOLATED, `${address}: ${reset.message}, ${code}`, 'maybe');
  }
}

function failure(reason: Reason, message: string, executed: Executed): PlatformError {
  return new PlatformError(reason, message, { executed });
}
