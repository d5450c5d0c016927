import { isWriting } from '../event/event-writers.ts';

/** A sequence that was passed before it appeared. */
export interface Gap {
  readonly sequence: bigint;
  /** Transactions that may still commit it; absent until they were listed for the first time. */
  readonly writers?: readonly string[];
}

/** How far all events of a store were read: each up to the position was seen, but those of the gaps. */
export interface Reading {
  readonly position: bigint;
  /** Ascending. */
  readonly gaps: readonly Gap[];
}

/** What was read behind a {@link Reading}. */
export interface Seen {
  /** Sequences that were found, ascending: those of gaps, then those behind the position without one left out. */
  readonly sequences: readonly bigint[];
  /** Transactions that were writing events, listed before the events were read; empty when there was no gap. */
  readonly writers: readonly string[];
}

/** Where a store is read from the beginning. */
export const fromBeginning: Reading = { position: 0n, gaps: [] };

/**
 * Goes on behind what was read, so that each event is seen once although sequences become visible out of their order.
 *
 * A sequence is drawn when an event is written and appears when its transaction commits, so a later one can appear first.
 * Whoever drew a missing one was writing when the later one was seen. So it is waited for, without holding anything up,
 * until it appears, or until all that were writing then have ended and it is still not there: then it was rolled back.
 */
export function advance({ position, gaps }: Reading, { sequences, writers }: Seen): Reading {
  const seen = new Set(sequences);
  const waiting: Gap[] = [];
  for (const gap of gaps) {
    if (seen.has(gap.sequence)) continue;
    const left = (gap.writers ?? writers).filter((writer) => isWriting(writer, writers));
    if (left.length > 0) waiting.push({ sequence: gap.sequence, writers: left });
  }
  let reached = position;
  for (const sequence of sequences) {
    if (sequence <= position) continue;
    for (let missing = reached + 1n; missing < sequence; missing++) waiting.push({ sequence: missing });
    reached = sequence;
  }
  return { position: reached, gaps: waiting };
}
