import { optionError } from '@mainstay/kernel';
import { requireIdempotencyKey } from './idempotency-key.ts';
import type { RecordId } from './store/record-id.ts';

/** One keyed call. */
export interface KeyedRequest {
  /** What is done, for example `orders.v1.OrdersService/CreateOrder`; also the label of metrics. */
  readonly operation: string;
  /** Who calls, for example `user:<id>`: keys of two subjects never meet. Operation and subject together have at most 511 characters. */
  readonly subject: string;
  /** The caller's key: 1 to 255 visible ASCII characters. */
  readonly key: string;
  /**
   * Whether a refusal (an error with a status of 4xx that says `retry: never`) is an answer and kept, default true. Not for callers that
   * repeat a refused call with its key until it succeeds, as a saga does with its undos: a refusal has no effect, so asking anew has still only one.
   */
  readonly keepsRefusals?: boolean;
  /** Hash of the request, 32 bytes; see `fingerprintMessage`. */
  readonly fingerprint: Uint8Array;
}

/**
 * Finds the record of a call, after checking it.
 *
 * @throws {@link PlatformError} `OPTION_INVALID`, `IDEMPOTENCY_KEY_INVALID`.
 */
export function recordIdOf({ operation, subject, key, fingerprint }: KeyedRequest): RecordId {
  const scope = `${operation}:${subject}`;
  if (operation === '' || scope.length > 512) throw optionError('operation and subject', '1 to 511 characters', scope);
  if (fingerprint.length !== 32) throw optionError('fingerprint', '32 bytes', `${fingerprint.length} bytes`);
  return { scope, key: requireIdempotencyKey(key) };
}
