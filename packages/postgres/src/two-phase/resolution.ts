/** How a transaction over several databases ends. */
export type Outcome = 'commit' | 'abort';

/** What a prepared transaction that nobody has ended shows to whoever finds it. */
export interface FoundTransaction {
  /** The durable decision; undefined while there is none. */
  readonly decision: Outcome | undefined;
  /** Since the oldest of its parts was prepared. */
  readonly ageMs: number;
}

/**
 * What recovery does with it: end its parts as decided; `give_up`, which first has to make an abort the decision; or leave it to its coordinator.
 *
 * A decision is never waited for twice: once it stands anybody may carry it out, as often as needed.
 */
export type Resolution = Outcome | 'give_up' | 'wait';

/** Decides by the decision, and by age where there is none. */
export function decideResolution({ decision, ageMs }: FoundTransaction, abandonAfterMs: number): Resolution {
  if (decision !== undefined) return decision;
  return ageMs >= abandonAfterMs ? 'give_up' : 'wait';
}
