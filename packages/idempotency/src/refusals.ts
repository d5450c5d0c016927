import { isPlatformError, PlatformError } from '@mainstay/kernel';
import type { Decision } from './decide.ts';
import { idempotencyReasons as reasons } from './errors.ts';
import type { KeyedHost } from './keyed-work.ts';

/** How often the table is looked at again when it changed between look and write; each time another call got on. */
export const maxRounds = 5;

/** The refusal that a decision is, counted; undefined when it is none. */
export function refusalOf({ metrics }: KeyedHost, operation: string, decision: Decision): PlatformError | undefined {
  if (decision.do === 'refuse') {
    metrics.count(operation, 'reused');
    return new PlatformError(
      reasons.IDEMPOTENCY_KEY_REUSED,
      'the idempotency key was used before with another request; take a new key for a new request',
    );
  }
  if (decision.do !== 'wait') return undefined;
  metrics.count(operation, 'in_progress');
  return inProgress(decision.retryAfterMs);
}

/** The refusal of a call while another one with its key runs. */
export function inProgress(retryAfterMs: number): PlatformError {
  return new PlatformError(reasons.IDEMPOTENCY_IN_PROGRESS, 'another call with this idempotency key is running', {
    retryAfterMs,
  });
}

/** A failed look: nothing was run, whatever the statement says of itself. */
export function storeUnavailable(cause: unknown): unknown {
  if (!isPlatformError(cause) || (cause.retry === 'never' && cause.code !== 'unavailable')) return cause;
  return new PlatformError(
    reasons.IDEMPOTENCY_STORE_UNAVAILABLE,
    'the records of idempotency keys cannot be read at the moment, so nothing was run',
    { cause, ...(cause.retryAfterMs !== undefined && { retryAfterMs: cause.retryAfterMs }) },
  );
}
