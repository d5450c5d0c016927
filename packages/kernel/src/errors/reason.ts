import type { Code } from './code.ts';

/** Did the operation run? Refused before it began → `no`; cut off in flight → `maybe`; answered → `yes`. */
export type Executed = 'no' | 'maybe' | 'yes';

/** May the same call be made again? `after` comes with a pause in milliseconds. */
export type Retry = 'never' | 'now' | 'after';

/** What every error of one reason has in common; single errors may override `executed` and the pause. */
export interface ReasonRow {
  /** gRPC code. */
  readonly code: Code;
  /** Did the operation run, unless an error says otherwise? */
  readonly executed: Executed;
  /** May the call be repeated? */
  readonly retry: Retry;
  /** Pause before the next try in milliseconds when `retry` is `after`; default 1,000. */
  readonly retryAfterMs?: number;
  /** HTTP status at the edge when it differs from the usual one of the code. */
  readonly httpStatus?: number;
  /** What happened, one sentence, for the reference page. */
  readonly summary: string;
  /** What the person on call does about it, one sentence, for the reference page. */
  readonly operator: string;
}

/** A stable kind of error: its key (`AREA_MEANING`) and its row. */
export interface Reason extends ReasonRow {
  /** Upper snake case, for ever stable, unique over all packages. */
  readonly name: string;
}

/**
 * Declares the reasons of a package; each package does this once, in its `errors.ts`.
 *
 * Shape: keys become the reasons' names; the result has the same keys.
 *
 * @example
 * const reasons = defineReasons({
 *   BULKHEAD_FULL: {
 *     code: 'resource_exhausted', executed: 'no', retry: 'after', retryAfterMs: 100,
 *     summary: 'The bulkhead and its queue are full', operator: 'Look for a slow dependency',
 *   },
 * });
 * reasons.BULKHEAD_FULL.name; // 'BULKHEAD_FULL'
 */
export function defineReasons<const K extends string>(
  rows: Readonly<Record<K, ReasonRow>>,
): Readonly<Record<K, Reason>> {
  const entries = Object.entries<ReasonRow>(rows).map(([name, row]) => [name, Object.freeze({ ...row, name })]);
  return Object.freeze(Object.fromEntries(entries)) as Readonly<Record<K, Reason>>;
}
