import { type FieldViolation, type PlatformError, uuidv7 } from '@mainstay/kernel';
import type { ResolvedMethodPolicy } from '../contract/method-policy.ts';
import { isFromPeer } from '../wire/from-peer.ts';
import { reviseError } from '../wire/revise-error.ts';

/** An error as the caller may see it, and whether the log should keep its cause. */
export interface PublishedError {
  readonly error: PlatformError;
  /** Set for errors that show the caller nothing but this id. */
  readonly errorId: string | undefined;
}

// Peers refuse headers above 8 KiB, and details travel in them as base64.
const maxViolationsLength = 4_000;
const maxMessageLength = 500;
const maxMetadataCount = 16;
const maxMetadataLength = 100;

/**
 * Makes an error fit to leave the service.
 *
 * `internal`, `unknown` and `data_loss` keep their reason but show one fixed sentence and an `error_id` (the one they
 * came with when they were passed on). An error of a call to another service says whether that call ran, not whether
 * this one did, so its `no` becomes `maybe` for methods that are not reads. What would not fit into the headers of an answer
 * is cut, and `violations_omitted` tells how many violations are missing.
 */
export function publishError(error: PlatformError, policy: ResolvedMethodPolicy): PublishedError {
  if (error.code === 'internal' || error.code === 'unknown' || error.code === 'data_loss') return hideError(error);
  const isPassedOn = isFromPeer(error) && error.executed === 'no' && policy.idempotency !== 'safe';
  const violations = cutViolations(error.violations);
  const omitted = error.violations.length - violations.length;
  const metadata = cutMetadata(error.metadata, omitted);
  const message = error.rawMessage.slice(0, maxMessageLength).toWellFormed();
  const isFit = omitted === 0 && metadata === error.metadata && message === error.rawMessage;
  if (isFit && !isPassedOn) return { error, errorId: undefined };
  const executed = isPassedOn ? 'maybe' : error.executed;
  return { error: reviseError(error, message, { executed, metadata, violations }), errorId: undefined };
}

type Metadata = PlatformError['metadata'];

function cutMetadata(metadata: Metadata, omittedViolations: number): Metadata {
  const entries = Object.entries(metadata);
  const isFit = entries.length <= maxMetadataCount && entries.every(([, value]) => value.length <= maxMetadataLength);
  if (isFit && omittedViolations === 0) return metadata;
  const cut = entries.slice(0, maxMetadataCount).map(([name, value]) => [name, value.slice(0, maxMetadataLength)]);
  return {
    ...Object.fromEntries(cut),
    ...(omittedViolations > 0 && { violations_omitted: String(omittedViolations) }),
  };
}

function hideError(error: PlatformError): PublishedError {
  const errorId = error.metadata.error_id ?? uuidv7();
  const message = `something failed that was not foreseen; error id ${errorId}`;
  return { error: reviseError(error, message, { metadata: { error_id: errorId }, violations: [] }), errorId };
}

function cutViolations(violations: readonly FieldViolation[]): readonly FieldViolation[] {
  let length = 0;
  const fitting = violations.findIndex(({ field, rule, message }) => {
    length += field.length + rule.length + message.length;
    return length > maxViolationsLength;
  });
  return fitting === -1 ? violations : violations.slice(0, Math.max(1, fitting));
}
