import type { Clock, PlatformError } from '@mainstay/kernel';
import type { Idempotency } from '../policy/policy-types.ts';

/** What `retry` and `createRetry` have in common. */
export interface RetrySettings {
  /** What makes repeating harmless; with `none` only what did not run is repeated. */
  readonly idempotency: Idempotency;
  /** All tries together, default 3; 1 never repeats. */
  readonly maxAttempts?: number;
  /** Shortest pause in milliseconds, default 50. */
  readonly baseDelayMs?: number;
  /** Longest pause of the back-off in milliseconds, default 2,000. */
  readonly maxDelayMs?: number;
  /** Longest pause an error may ask for in milliseconds, default 10,000; for longer ones the error is passed on at once. */
  readonly maxWaitMs?: number;
  /** Turns what was thrown into a PlatformError that says whether to repeat; default `toPlatformError`. */
  readonly toError?: (thrown: unknown) => PlatformError;
  readonly clock?: Clock;
  /** From 0 to below 1, default `Math.random`. */
  readonly random?: () => number;
}
