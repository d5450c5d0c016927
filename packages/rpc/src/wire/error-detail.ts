import { create } from '@bufbuild/protobuf';
import {
  type ErrorDetail,
  ErrorDetailSchema,
  Executed as ExecutedNumber,
  Retry as RetryNumber,
} from '@mainstay/contracts/mainstay/common/v1/error';
import { type Code, type Executed, PlatformError, type Retry } from '@mainstay/kernel';

const executedNumbers: Readonly<Record<Executed, ExecutedNumber>> = {
  no: ExecutedNumber.NO,
  maybe: ExecutedNumber.MAYBE,
  yes: ExecutedNumber.YES,
};

const retryNumbers: Readonly<Record<Retry, RetryNumber>> = {
  never: RetryNumber.NEVER,
  now: RetryNumber.NOW,
  after: RetryNumber.AFTER,
};

const executedWords: Readonly<Record<number, Executed>> = {
  [ExecutedNumber.NO]: 'no',
  [ExecutedNumber.YES]: 'yes',
};

const retryWords: Readonly<Record<number, Retry>> = {
  [RetryNumber.NOW]: 'now',
  [RetryNumber.AFTER]: 'after',
};

/** Writes what an error says beside its code and message. */
export function toErrorDetail(error: PlatformError): ErrorDetail {
  return create(ErrorDetailSchema, {
    reason: error.reason,
    executed: executedNumbers[error.executed],
    retry: retryNumbers[error.retry],
    retryAfterMs: BigInt(Math.ceil(error.retryAfterMs ?? 0)),
    httpStatus: error.httpStatus ?? 0,
    metadata: { ...error.metadata },
    violations: error.violations.map((violation) => ({ ...violation })),
  });
}

/** Reads an error back; values that this version does not know are read as the careful ones. */
export function fromErrorDetail(
  detail: ErrorDetail,
  status: { code: Code; message: string; cause?: unknown },
): PlatformError {
  const retry = retryWords[detail.retry] ?? 'never';
  const executed = executedWords[detail.executed] ?? 'maybe';
  const row = { code: status.code, executed, retry, name: detail.reason, summary: '', operator: '' };
  return new PlatformError(row, status.message, {
    ...(retry === 'after' && { retryAfterMs: Number(detail.retryAfterMs) }),
    ...(detail.httpStatus !== 0 && { httpStatus: detail.httpStatus }),
    metadata: detail.metadata,
    violations: detail.violations.map(({ field, rule, message }) => ({ field, rule, message })),
    ...(status.cause !== undefined && { cause: status.cause }),
  });
}
