/** Limits of a pause between tries, and where chance comes from. */
export interface BackoffOptions {
  /** Shortest pause in milliseconds. */
  readonly baseDelayMs: number;
  /** Longest pause in milliseconds. */
  readonly maxDelayMs: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/**
 * Chooses the next pause: anything from the base to three times the last pause, at most the longest.
 *
 * The pauses grow exponentially on average, and callers that failed together do not come back together.
 *
 * @param previousMs - the pause before; undefined before the first.
 * @returns milliseconds from `baseDelayMs` to `maxDelayMs`.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ - "decorrelated jitter"
 */
export function nextDelayMs(previousMs: number | undefined, options: BackoffOptions): number {
  const { baseDelayMs, maxDelayMs, random } = options;
  const upper = Math.min(maxDelayMs, Math.max(baseDelayMs, (previousMs ?? baseDelayMs) * 3));
  return baseDelayMs + random() * (upper - baseDelayMs);
}
