import type { CallOutcome } from '../balancer.ts';
import type { Slot } from '../picker/slot.ts';
import type { OutlierPolicy, SuccessRatePolicy } from '../policy/balancing-policy.ts';

/** Most endpoints that may be out at one time. */
export function ejectionLimit(endpoints: number, { maxEjectionPercent }: OutlierPolicy): number {
  return Math.floor((endpoints * maxEjectionPercent) / 100);
}

/**
 * Counts the end of a call.
 *
 * A canceled call says nothing, and neither does one that began before the last ejection or return.
 *
 * @returns whether the endpoint should be ejected.
 */
export function noteOutcome(
  slot: Slot,
  call: { readonly outcome: CallOutcome; readonly epoch: number },
  { consecutiveErrors }: OutlierPolicy,
): boolean {
  if (call.outcome === 'canceled' || call.epoch !== slot.epoch) return false;
  slot.intervalCalls++;
  if (call.outcome === 'success') {
    slot.intervalSuccesses++;
    slot.streak = 0;
    return false;
  }
  slot.streak++;
  return consecutiveErrors > 0 && slot.streak >= consecutiveErrors && slot.ejectedUntilMs === 0;
}

/** Takes an endpoint out: the base time, longer with every ejection that is not yet forgotten. */
export function eject(slot: Slot, policy: OutlierPolicy, nowMs: number): void {
  const forgotten = Math.floor(Math.max(0, nowMs - slot.readmittedAtMs) / policy.intervalMs);
  slot.ejectionMultiple = Math.max(0, slot.ejectionMultiple - forgotten) + 1;
  slot.ejectedUntilMs = nowMs + Math.min(policy.maxEjectionMs, policy.baseEjectionMs * slot.ejectionMultiple);
  slot.ejections++;
  slot.epoch++;
  slot.streak = 0;
}

/** Lets an ejected endpoint back in, as new. */
function readmit(slot: Slot, nowMs: number): void {
  slot.ejectedUntilMs = 0;
  slot.readmittedAtMs = nowMs;
  slot.warmFromMs = nowMs;
  slot.epoch++;
  slot.streak = 0;
  slot.intervalCalls = 0;
  slot.intervalSuccesses = 0;
}

/**
 * Lets endpoints back in whose time is over, and, when the list became shorter, those that are out longest, until no
 * more than the limit are out.
 *
 * @returns how many are out now.
 */
export function readmitDue(slots: readonly Slot[], policy: OutlierPolicy, nowMs: number): number {
  const out: Slot[] = [];
  for (const slot of slots) {
    if (slot.ejectedUntilMs === 0) continue;
    if (slot.ejectedUntilMs <= nowMs) readmit(slot, nowMs);
    else out.push(slot);
  }
  const tooMany = out.length - ejectionLimit(slots.length, policy);
  if (tooMany <= 0) return out.length;
  const soonest = out.toSorted((a, b) => a.ejectedUntilMs - b.ejectedUntilMs).slice(0, tooMany);
  for (const slot of soonest) readmit(slot, nowMs);
  return out.length - tooMany;
}

/**
 * Finds endpoints that succeeded clearly less often than the others, worst first, and begins the next interval.
 *
 * @see Envoy, "Success rate" outlier detection: below mean minus `deviations` standard deviations.
 */
export function takeSuccessRateOutliers(slots: readonly Slot[], policy: SuccessRatePolicy): Slot[] {
  const rates: { slot: Slot; rate: number }[] = [];
  for (const slot of slots) {
    if (slot.ejectedUntilMs === 0 && slot.intervalCalls >= policy.minCalls)
      rates.push({ slot, rate: slot.intervalSuccesses / slot.intervalCalls });
    slot.intervalCalls = 0;
    slot.intervalSuccesses = 0;
  }
  if (rates.length < policy.minEndpoints) return [];
  const mean = rates.reduce((sum, { rate }) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, { rate }) => sum + (rate - mean) ** 2, 0) / rates.length;
  const least = mean - policy.deviations * Math.sqrt(variance);
  return rates
    .filter(({ rate }) => rate < least)
    .toSorted((a, b) => a.rate - b.rate)
    .map(({ slot }) => slot);
}
