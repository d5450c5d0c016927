import { createLatencyWindow, type LatencyWindow } from '../picker/latency-window.ts';
import type { Slot } from '../picker/slot.ts';
import type { PolicyName } from '../policy/balancing-policy.ts';
import type { ChosenGroups } from './choose-groups.ts';
import type { EndpointStats, LatencyStats, UpstreamStats } from './upstream.ts';

/** Counters of an upstream since the start; they outlive its endpoints. */
export interface UpstreamTotals {
  picks: number;
  inFlight: number;
  successes: number;
  errors: number;
  canceled: number;
  ejections: number;
  overflows: number;
  readonly latency: LatencyWindow;
}

/** Counters at 0. */
export function createTotals(): UpstreamTotals {
  return {
    picks: 0,
    inFlight: 0,
    successes: 0,
    errors: 0,
    canceled: 0,
    ejections: 0,
    overflows: 0,
    latency: createLatencyWindow(),
  };
}

/** Writes down how an upstream stands. */
export function describeUpstream(upstream: {
  readonly name: string;
  readonly policy: PolicyName;
  readonly totals: UpstreamTotals;
  readonly groups: ChosenGroups;
  readonly ejected: number;
  readonly slots: readonly Slot[];
  readonly nowMs: number;
}): UpstreamStats {
  const { name, policy, totals, groups, ejected, slots, nowMs } = upstream;
  const { latency, ...counters } = totals;
  return {
    name,
    policy,
    endpoints: slots.filter(({ isListed }) => isListed).length,
    used: groups.local.length + groups.rest.length,
    ejected,
    isPanic: groups.isPanic,
    ...counters,
    latencyMs: quantiles(latency, nowMs),
    byEndpoint: slots.map((slot) => describeSlot(slot, nowMs)),
  };
}

function describeSlot(slot: Slot, nowMs: number): EndpointStats {
  const { endpoint, ejectedUntilMs } = slot;
  const isEjected = slot.isListed && ejectedUntilMs > 0;
  return {
    id: slot.id,
    address: endpoint.address,
    zone: endpoint.metadata.zone,
    use: isEjected ? 'ejected' : slot.isListed && slot.group !== undefined ? 'used' : 'unused',
    weight: endpoint.weight,
    warmth: slot.warmth,
    picks: slot.picks,
    inFlight: slot.inFlight,
    successes: slot.successes,
    errors: slot.errors,
    canceled: slot.canceled,
    ejections: slot.ejections,
    ejectedForMs: Math.max(0, ejectedUntilMs - nowMs),
    latencyMs: quantiles(slot.latency, nowMs),
  };
}

function quantiles(latency: LatencyWindow | undefined, nowMs: number): LatencyStats {
  return { p50: latency?.quantile(0.5, nowMs), p99: latency?.quantile(0.99, nowMs) };
}
