import type { SlowStartPolicy } from '../policy/balancing-policy.ts';

/**
 * Share of its weight that an endpoint gets `ageMs` after it came; never falls with age, 1 from the end of the window.
 *
 * @see Envoy, "Slow start mode", for the curve.
 */
export function warmthAt(ageMs: number, { windowMs, minWeightRatio, aggression }: SlowStartPolicy): number {
  if (ageMs >= windowMs) return 1;
  return Math.max(minWeightRatio, (Math.max(0, ageMs) / windowMs) ** (1 / aggression));
}

/** How often warmth is looked at again: a hundred steps are as good as a curve. */
export function warmthStepMs({ windowMs }: SlowStartPolicy): number {
  return Math.max(10, windowMs / 100);
}
