/** What a closed circuit knows when it asks itself whether to open. */
export interface CircuitFigures {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
  readonly streak: number;
  /** Share of failures that is unusual for this dependency; `Infinity` when nobody knows. */
  readonly unusualRatio: number;
}

/** The limits it asks about. */
export interface OpeningLimits {
  readonly windowMs: number;
  readonly minimumCalls: number;
  readonly failureStreak: number;
  readonly failureRatio: number;
  /** `Infinity` when off. */
  readonly slowCallRatio: number;
  /** `Infinity` when off. */
  readonly slowCallMs: number;
}

/**
 * Decides whether a closed circuit opens: enough calls, and a streak, too many failures, more than usual, or too many slow.
 *
 * @returns why, with the numbers; undefined to stay closed.
 */
export function whyOpen(figures: CircuitFigures, limits: OpeningLimits): string | undefined {
  const { calls, failures, slow, streak, unusualRatio } = figures;
  if (calls < limits.minimumCalls || failures + slow === 0) return undefined;
  if (streak >= limits.failureStreak) return `${streak} failures in a row`;
  const ratio = failures / calls;
  if (ratio >= limits.failureRatio) return `${failures} of ${calls} calls failed within ${limits.windowMs} ms`;
  if (ratio > unusualRatio) {
    return `${failures} of ${calls} calls failed, usual are at most ${(unusualRatio * 100).toFixed(1)} %`;
  }
  if (slow / calls >= limits.slowCallRatio) return `${slow} of ${calls} calls took longer than ${limits.slowCallMs} ms`;
  return undefined;
}
