import { optionError } from '@mainstay/kernel';
import type { Transaction } from '@mainstay/postgres';
import type { StreamEvent } from '../event-store/stream-event.ts';

/**
 * Tables that follow from the events of streams alone, for reading.
 *
 * They can be made anew from all events at any time, with the same content.
 */
export interface Projection {
  /** A fixed word such as `order-status`. */
  readonly name: string;
  /** Its tables, without schema; nothing else writes them, and no foreign key leads to them. */
  readonly tables: readonly string[];
  /** Types it follows from; others are passed over. */
  readonly types: readonly string[];
  /**
   * Writes what an event changes. Table names stand without schema, and every value comes from the event: no `now()`, no
   * sequence, no random number, or the tables could not be made anew with the same content.
   */
  apply(tx: Transaction, event: StreamEvent): Promise<void>;
}

/** Applies events to projections. */
export type Project = (tx: Transaction, events: readonly StreamEvent[]) => Promise<void>;

/**
 * Checks projections and makes the function that writes them all, in their order.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` when a name or table occurs twice, or is no plain word.
 */
export function projectAll(projections: readonly Projection[]): Project {
  const names = new Set<string>();
  for (const name of projections.flatMap((projection) => [projection.name, ...projection.tables])) {
    if (!/^[a-z][a-z0-9_-]{0,39}$/.test(name))
      throw optionError('projection', 'a plain word of at most 40 characters', name);
    if (names.has(name)) throw optionError('projection', 'named once', name);
    names.add(name);
  }
  const wanted = projections.map((projection) => ({ projection, types: new Set(projection.types) }));
  return async (tx, events) => {
    for (const event of events) {
      for (const { projection, types } of wanted) if (types.has(event.type)) await projection.apply(tx, event);
    }
  };
}
