import type { BackoffPlan } from './plan.ts';

/**
 * Pause before the attempt that follows the n-th failure: doubles each time up to the cap, then jittered.
 *
 * @param after.failureCount - failures so far, from 1.
 * @param after.random - a number in [0, 1); 0 gives half the pause, 1 the whole.
 * @param after.floorMs - what the failed service asked for, default 0; wins when it is longer.
 * @returns whole milliseconds.
 */
export function backoffMs(
  plan: BackoffPlan,
  after: { readonly failureCount: number; readonly random: number; readonly floorMs?: number | undefined },
): number {
  const { failureCount, random, floorMs = 0 } = after;
  // 2^30 is beyond every sensible cap; more would overflow into Infinity after a thousand failures.
  const full = Math.min(plan.maxDelayMs, plan.initialDelayMs * 2 ** Math.min(failureCount - 1, 30));
  return Math.max(Math.ceil(floorMs), Math.ceil(full / 2 + (full / 2) * random));
}
