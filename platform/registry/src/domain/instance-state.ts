/** What an instance says of itself. */
export type ReportedState = 'healthy' | 'degraded' | 'draining' | 'unhealthy';

/**
 * How long an instance has been silent.
 *
 * Moves: `beating` → `suspect` → `lost` → `probing` → removed. A heartbeat or a registration leads from each back to
 * `beating`; an answered probe leads from `probing` to `suspect`.
 */
export type Silence = 'beating' | 'suspect' | 'lost' | 'probing';

/** What callers are told: the report and the silence together. */
export type InstanceState = 'healthy' | 'degraded' | 'suspect' | 'draining' | 'unhealthy';

/**
 * Chooses the state callers see.
 *
 * Silence beyond routing wins, then the reports that forbid routing, then suspicion: an instance that says it is
 * draining is not routed to again because it fell silent.
 */
export function decideState(reported: ReportedState, silence: Silence): InstanceState {
  if (silence === 'lost' || silence === 'probing') return 'draining';
  if (reported === 'draining' || reported === 'unhealthy') return reported;
  return silence === 'suspect' ? 'suspect' : reported;
}

const ranks: Readonly<Record<InstanceState, number>> = {
  healthy: 0,
  degraded: 1,
  suspect: 2,
  draining: 3,
  unhealthy: 4,
};

/** Whether look-ups return an instance in this state. */
export function isRoutable(state: InstanceState): boolean {
  return ranks[state] <= ranks.suspect;
}

/** Position of a state in look-ups: the lower, the earlier. */
export function rankOf(state: InstanceState): number {
  return ranks[state];
}
