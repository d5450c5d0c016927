import { isWriting } from '../event/event-writers.ts';

/** What a look at a whole outbox saw, in this order. */
export interface OutboxLook {
  /** The last sequence that anybody had drawn. */
  readonly drawn: bigint;
  /** Transactions that were writing events then or a moment later. */
  readonly writers: readonly string[];
  /** The first event that waited after that; null when none did. */
  readonly firstWaiting: bigint | null;
}

/** How far an outbox is done with. */
export interface Horizon {
  /** Every event up to it was told or rolled back, and none will appear there. */
  readonly sequence: bigint;
  /** Becomes the horizon when those who were writing have ended. */
  readonly next?: { readonly sequence: bigint; readonly writers: readonly string[] };
}

/** Nothing is known. */
export const noHorizon: Horizon = { sequence: 0n };

/**
 * Moves a horizon on, so that a relay need not pass everything that it told since the last vacuum each time it looks for more.
 *
 * Whoever drew a sequence holds a lock on the table until the end of its transaction. So once all that held one after a sequence was the last
 * have ended, every event up to there that will ever be seen is seen.
 */
export function moveHorizon({ sequence, next }: Horizon, { drawn, writers, firstWaiting }: OutboxLook): Horizon {
  const hasEnded = next === undefined || !next.writers.some((writer) => isWriting(writer, writers));
  const reached = hasEnded && next !== undefined ? next.sequence : sequence;
  return {
    sequence: firstWaiting !== null && firstWaiting <= reached ? firstWaiting - 1n : reached,
    next: hasEnded ? { sequence: drawn, writers } : next,
  };
}
