import type { MessageInitShape } from '@bufbuild/protobuf';
import { ConnectError } from '@connectrpc/connect';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  LocalizedMessageSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from '@mainstay/contracts/google/rpc/error_details';
import { ErrorDetailSchema } from '@mainstay/contracts/mainstay/common/v1/error';
import { codeNumber, type PlatformError } from '@mainstay/kernel';
import { toErrorDetail } from './error-detail.ts';
import { extrasOf } from './error-extras.ts';
import { resourceOf } from './resource-info.ts';
import { withPushback } from './retry-pushback.ts';
import { errorDomain } from './standard-details.ts';

type OutgoingDetail = Extract<ConnectError['details'][number], { desc: unknown }>;

/** Peers refuse headers above 8 KiB, so long lists stand in our own detail only. */
const maxRepeatedViolations = 20;

/**
 * Writes an error as a status with details: our own `ErrorDetail`, which carries everything, and the standard
 * `google.rpc` ones for clients that are not ours.
 *
 * The cause and the stack stay here: `DebugInfo` is never sent.
 */
export function toConnectError(error: PlatformError): ConnectError {
  const details: OutgoingDetail[] = [
    { desc: ErrorDetailSchema, value: toErrorDetail(error) },
    { desc: ErrorInfoSchema, value: { reason: error.reason, domain: errorDomain, metadata: { ...error.metadata } } },
  ];
  if (error.violations.length > 0 && error.violations.length <= maxRepeatedViolations) {
    const value: MessageInitShape<typeof BadRequestSchema> = {
      fieldViolations: error.violations.map(({ field, rule, message }) => ({
        field,
        reason: rule,
        description: message,
      })),
    };
    details.push({ desc: BadRequestSchema, value });
  }
  if (error.retryAfterMs !== undefined) {
    details.push({ desc: RetryInfoSchema, value: { retryDelay: durationOf(error.retryAfterMs) } });
  }
  const resource = resourceOf(error);
  if (resource !== undefined) {
    details.push({ desc: ResourceInfoSchema, value: { ...resource, owner: '', description: '' } });
  }
  const { localized, header } = extrasOf(error);
  if (localized !== undefined) {
    details.push({ desc: LocalizedMessageSchema, value: { locale: localized.language, message: localized.message } });
  }
  // Half a character cannot be written as a header.
  return new ConnectError(
    error.rawMessage.toWellFormed(),
    codeNumber(error.code),
    withPushback(header, error.retryAfterMs),
    details,
    error,
  );
}

function durationOf(ms: number): { seconds: bigint; nanos: number } {
  const whole = Math.ceil(ms);
  return { seconds: BigInt(Math.floor(whole / 1_000)), nanos: (whole % 1_000) * 1_000_000 };
}
