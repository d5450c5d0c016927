import type { Clock, Logger } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { Answer } from './answer.ts';
import type { KeyedMetrics } from './metrics.ts';

/** The work of a keyed call, and how its result is kept. */
export interface KeyedWork<T> {
  /** Has the effect. */
  run(): Promise<T>;
  /** Writes the result for those who repeat the call. */
  encode(result: T): Answer;
}

/** What a keyed call ends with: its own result, or the answer of an earlier one. Its own error is thrown. */
export type KeyedResult<T> =
  | { readonly isReplayed: false; readonly result: T }
  | { readonly isReplayed: true; readonly answer: Answer };

/** What running keyed calls needs. */
export interface KeyedHost {
  readonly database: Database;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: KeyedMetrics;
  /** Operations of one transaction whose work called another service before it was claimed; they are claimed first. */
  readonly careful: Set<string>;
}
