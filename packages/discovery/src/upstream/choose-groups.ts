import type { EndpointState } from '../endpoint.ts';
import type { Slot } from '../picker/slot.ts';
import type { BalancingPolicy } from '../policy/balancing-policy.ts';

/** Which endpoints take calls now. */
export interface ChosenGroups {
  /** Endpoints of the caller's zone; all usable ones when zones do not matter. */
  readonly local: readonly Slot[];
  /** The others. */
  readonly rest: readonly Slot[];
  /** Share of the calls that `local` gets, 0 to 1. */
  readonly localShare: number;
  /** So few were usable that all are used. */
  readonly isPanic: boolean;
}

const tiers: readonly EndpointState[] = ['healthy', 'degraded', 'suspect'];

/**
 * Decides which endpoints take calls: those of the best state that are not ejected; all, when that leaves less than
 * the panic threshold; then by zone.
 */
export function chooseGroups(
  members: readonly Slot[],
  { zone, panicThresholdPercent }: BalancingPolicy,
  ownZone: string | undefined,
): ChosenGroups {
  const admitted = members.filter((slot) => slot.ejectedUntilMs === 0);
  const tier = tiers.find((state) => admitted.some((slot) => slot.endpoint.state === state));
  const best = admitted.filter((slot) => slot.endpoint.state === tier);
  const isPanic = best.length * 100 < panicThresholdPercent * members.length;
  const usable = isPanic || best.length === 0 ? members : best;
  if (!zone.preferLocal || ownZone === undefined) return { local: usable, rest: [], localShare: 1, isPanic };

  const isLocal = (slot: Slot): boolean => slot.endpoint.metadata.zone === ownZone;
  const local = usable.filter(isLocal);
  const rest = usable.filter((slot) => !isLocal(slot));
  if (local.length === 0 || rest.length === 0) {
    return { local: usable, rest: [], localShare: 1, isPanic };
  }
  const health = local.length / members.filter(isLocal).length;
  return { local, rest, localShare: Math.min(1, health * zone.overprovisioningRatio), isPanic };
}
