/** When repeated failures lock an e-mail address, and for how long. */
export interface LockoutPolicy {
  /** Failures before the first lock. */
  readonly threshold: number;
  /** First lock in milliseconds; doubles with every further failure. */
  readonly baseMs: number;
  /** Longest lock in milliseconds. */
  readonly maxMs: number;
  /** Failures are forgotten after this many quiet milliseconds. */
  readonly forgetAfterMs: number;
}

/**
 * Length of the lock that the n-th failure in a row brings, in milliseconds; 0 below the threshold.
 *
 * @param failureCount - failures so far, this one included.
 */
export function lockMs(failureCount: number, policy: LockoutPolicy): number {
  if (failureCount < policy.threshold) return 0;
  const doublings = Math.min(failureCount - policy.threshold, 30);
  return Math.min(policy.baseMs * 2 ** doublings, policy.maxMs);
}
