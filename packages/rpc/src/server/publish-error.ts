import { type FieldViolation, PlatformError, type PlatformErrorOptions, uuidv7 } from '@mainstay/kernel';
import type { ResolvedMethodPolicy } from '../contract/method-policy.ts';
import { isFromPeer } from '../wire/from-peer.ts';

/** An error as the caller may see it, and whether the log should keep its cause. */
export interface PublishedError {
  readonly error: PlatformError;
  /** Set for errors that show the caller nothing but this id. */
  readonly errorId: string | undefined;
}

/** Peers refuse headers above 8 KiB; the details of an error travel twice in them, in base64. */
const maxDetailLength = 2_000;
const maxMessageLength = 500;

/**
 * Makes an error fit to leave the service.
 *
 * `internal`, `unknown` and `data_loss` keep their reason but show one fixed sentence and an `error_id` (the one they
 * came with when they were passed on). An error of a call to another service says whether that call ran, not whether
 * this one did, so its `no` becomes `maybe` for methods that are not reads. Very long lists are cut.
 */
export function publishError(error: PlatformError, policy: ResolvedMethodPolicy): PublishedError {
  if (error.code === 'internal' || error.code === 'unknown' || error.code === 'data_loss') return hideError(error);
  const isPassedOn = isFromPeer(error) && error.executed === 'no' && policy.idempotency !== 'safe';
  const violations = cutViolations(error.violations);
  const isCut = violations.length < error.violations.length || error.rawMessage.length > maxMessageLength;
  if (!isPassedOn && !isCut) return { error, errorId: undefined };
  const message = error.rawMessage.slice(0, maxMessageLength);
  const changed = rebuild(error, message, {
    executed: isPassedOn ? 'maybe' : error.executed,
    metadata: isCut ? { ...error.metadata, violations_total: String(error.violations.length) } : error.metadata,
    violations,
  });
  return { error: changed, errorId: undefined };
}

function hideError(error: PlatformError): PublishedError {
  const errorId = error.metadata.error_id ?? uuidv7();
  const message = `something failed that was not foreseen; error id ${errorId}`;
  return { error: rebuild(error, message, { metadata: { error_id: errorId }, violations: [] }), errorId };
}

function rebuild(error: PlatformError, message: string, changes: PlatformErrorOptions): PlatformError {
  const row = { code: error.code, executed: error.executed, retry: error.retry, summary: '', operator: '' };
  return new PlatformError({ ...row, name: error.reason }, message, {
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...(error.httpStatus !== undefined && { httpStatus: error.httpStatus }),
    ...changes,
  });
}

function cutViolations(violations: readonly FieldViolation[]): readonly FieldViolation[] {
  let length = 0;
  const fitting = violations.findIndex(({ field, rule, message }) => {
    length += field.length + rule.length + message.length;
    return length > maxDetailLength;
  });
  return fitting === -1 ? violations : violations.slice(0, Math.max(1, fitting));
}
