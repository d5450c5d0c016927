import { type Executed, kernelReasons, PlatformError } from '@mainstay/kernel';
import { fromConnectError } from './from-connect-error.ts';

/**
 * The error of a call that ended because its signal aborted: past its deadline, or canceled.
 *
 * @param executed - `no` when the call had not left yet, else `maybe`.
 */
export function abortFailure(signal: AbortSignal, executed: Executed): PlatformError {
  const why = fromConnectError(signal.reason);
  const isDeadline = why.code === 'deadline_exceeded';
  const reason = isDeadline ? kernelReasons.DEADLINE_EXCEEDED : kernelReasons.CANCELED;
  const message = isDeadline || why.code === 'canceled' ? why.rawMessage : 'the call was canceled';
  return new PlatformError(reason, message, { executed, cause: signal.reason });
}
