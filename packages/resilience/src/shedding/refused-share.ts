import type { Priority } from '../policy/policy-types.ts';
import type { Load } from './load-source.ts';

/** What is too much. */
export interface LoadLimits {
  /** Delay of the event loop, in milliseconds, at which the process counts as fully loaded. */
  readonly fullLagMs: number;
  /** Share of a core at which it does. */
  readonly fullCpuRatio: number;
}

/** Load at which calls of a priority begin to be refused; critical ones never are. */
const beginsAt: Readonly<Record<Priority, number>> = {
  critical: Number.POSITIVE_INFINITY,
  normal: 1.1,
  low: 0.85,
  background: 0.6,
};
/** All calls of a priority are refused when the load is that much above where refusing begins. */
const rampWidth = 0.3;

/** Load as one number, 1 for fully loaded: the worse of event loop and processor. */
export function loadLevel({ lagMs, cpuRatio }: Load, { fullLagMs, fullCpuRatio }: LoadLimits): number {
  return Math.max(lagMs / fullLagMs, cpuRatio / fullCpuRatio);
}

/**
 * Chooses which share of the calls of a priority is refused: none, all, or on a ramp in between.
 *
 * A ramp instead of a step, so that the load settles where it is bearable instead of swinging between all and nothing.
 *
 * @returns from 0 to 1.
 */
export function refusedShare(level: number, priority: Priority): number {
  return Math.min(1, Math.max(0, (level - beginsAt[priority]) / rampWidth));
}
