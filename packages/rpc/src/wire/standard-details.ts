import type { ConnectError } from '@connectrpc/connect';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  QuotaFailureSchema,
  ResourceInfoSchema,
  type RetryInfo,
  RetryInfoSchema,
} from '@mainstay/contracts/google/rpc/error_details';
import {
  type Code,
  type FieldViolation,
  kernelReasons,
  PlatformError,
  type PlatformErrorOptions,
  type Reason,
} from '@mainstay/kernel';
import { statusReasons } from '../errors.ts';
import { readPushback } from './retry-pushback.ts';

/** Domain of our reasons in `google.rpc.ErrorInfo`. */
export const errorDomain = 'mainstay.dev';

/**
 * Reads an error of another implementation: its reason from `ErrorInfo`, violations from `BadRequest`,
 * `PreconditionFailure` and `QuotaFailure`, the pause from `RetryInfo` or the push-back of its trailers, the thing from
 * `ResourceInfo`; what it does not have comes from its code. `DebugInfo` and `Help` are not read.
 */
export function fromStandardDetails(error: ConnectError, code: Code): PlatformError {
  const [info] = error.findDetails(ErrorInfoSchema);
  const [retryInfo] = error.findDetails(RetryInfoSchema);
  const [resource] = error.findDetails(ResourceInfoSchema);
  const bare = statusReason(code);
  const isForeign = info !== undefined && info.domain !== errorDomain && info.domain !== '';
  return new PlatformError(info?.reason ? { ...bare, name: info.reason } : bare, error.rawMessage, {
    ...retryOf(retryInfo, error.metadata),
    metadata: {
      ...(resource !== undefined && { resource_type: resource.resourceType, resource_name: resource.resourceName }),
      ...info?.metadata,
      ...(isForeign && { domain: info.domain }),
    },
    violations: violationsOf(error),
    cause: error,
  });
}

function retryOf(info: RetryInfo | undefined, metadata: Headers): Pick<PlatformErrorOptions, 'retry' | 'retryAfterMs'> {
  if (info?.retryDelay !== undefined) return { retryAfterMs: delayMs(info) };
  const pushback = readPushback(metadata);
  if (pushback === undefined) return {};
  return pushback === 'never' ? { retry: 'never' } : { retryAfterMs: pushback };
}

function violationsOf(error: ConnectError): FieldViolation[] {
  return [
    ...error
      .findDetails(BadRequestSchema)
      .flatMap(({ fieldViolations }) =>
        fieldViolations.map(({ field, reason, description }) => ({ field, rule: reason, message: description })),
      ),
    ...error
      .findDetails(PreconditionFailureSchema)
      .flatMap(({ violations }) =>
        violations.map(({ subject, type, description }) => ({ field: subject, rule: type, message: description })),
      ),
    ...error
      .findDetails(QuotaFailureSchema)
      .flatMap(({ violations }) =>
        violations.map(({ subject, description }) => ({ field: subject, rule: 'quota', message: description })),
      ),
  ];
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
