import { type Executed, kernelReasons, PlatformError } from '@mainstay/kernel';
import { fromConnectError } from './from-connect-error.ts';

/**
 * The error of a call that ended because it was canceled, or its deadline passed.
 *
 * @param cause - why.
 * @param executed - `no` when the call had not left yet, else `maybe`.
 */
export function abortFailure(cause: unknown, executed: Executed): PlatformError {
  const why = fromConnectError(cause);
  const isDeadline = why.code === 'deadline_exceeded';
  const reason = isDeadline ? kernelReasons.DEADLINE_EXCEEDED : kernelReasons.CANCELED;
  const message = isDeadline || why.code === 'canceled' ? why.rawMessage : 'the call was canceled';
  return new PlatformError(reason, message, { executed, cause });
}
