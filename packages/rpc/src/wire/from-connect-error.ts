import { ConnectError } from '@connectrpc/connect';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  type RetryInfo,
  RetryInfoSchema,
} from '@mainstay/contracts/google/rpc/error_details';
import { ErrorDetailSchema } from '@mainstay/contracts/mainstay/common/v1/error';
import {
  type Code,
  codeFromNumber,
  isPlatformError,
  kernelReasons,
  PlatformError,
  type Reason,
  toPlatformError,
} from '@mainstay/kernel';
import { statusReasons } from '../errors.ts';
import { fromErrorDetail } from './error-detail.ts';
import { errorDomain } from './to-connect-error.ts';

/**
 * Turns anything that a call can throw into a {@link PlatformError}; total, never throws.
 *
 * A status of ours gives back the error that was sent. A status from elsewhere is read from its `google.rpc` details
 * as far as it has them, else from its code alone.
 */
export function fromConnectError(error: unknown): PlatformError {
  if (isPlatformError(error)) return error;
  if (!(error instanceof ConnectError)) return toPlatformError(error);
  if (isPlatformError(error.cause)) return error.cause;
  const code = codeFromNumber(error.code);
  const [detail] = error.findDetails(ErrorDetailSchema);
  if (detail !== undefined && detail.reason !== '') {
    return fromErrorDetail(detail, { code, message: error.rawMessage, cause: error });
  }
  return fromStandardDetails(error, code);
}

function fromStandardDetails(error: ConnectError, code: Code): PlatformError {
  const [info] = error.findDetails(ErrorInfoSchema);
  const [badRequest] = error.findDetails(BadRequestSchema);
  const [retryInfo] = error.findDetails(RetryInfoSchema);
  const bare = statusReason(code);
  const isForeign = info !== undefined && info.domain !== errorDomain && info.domain !== '';
  return new PlatformError(info?.reason ? { ...bare, name: info.reason } : bare, error.rawMessage, {
    ...(retryInfo?.retryDelay !== undefined && { retryAfterMs: delayMs(retryInfo) }),
    metadata: { ...info?.metadata, ...(isForeign && { domain: info.domain }) },
    violations: (badRequest?.fieldViolations ?? []).map(({ field, reason, description }) => ({
      field,
      rule: reason,
      message: description,
    })),
    cause: error,
  });
}

/** The reason of an error that is only a code. */
export function statusReason(code: Code): Reason {
  switch (code) {
    case 'canceled':
      return kernelReasons.CANCELED;
    case 'deadline_exceeded':
      return kernelReasons.DEADLINE_EXCEEDED;
    case 'internal':
      return kernelReasons.INTERNAL;
    default:
      return statusReasons[`STATUS_${code.toUpperCase()}` as keyof typeof statusReasons];
  }
}

function delayMs({ retryDelay }: RetryInfo): number {
  if (retryDelay === undefined) return 0;
  return Math.max(0, Number(retryDelay.seconds) * 1_000 + Math.ceil(retryDelay.nanos / 1_000_000));
}
