import type { Clock, Logger, SqlExecutor } from '@mainstay/kernel';
import type { SagaReason, SagaRecord } from '../core/record.ts';
import { readEnded } from '../store/saga-queries.ts';

/** How a saga ended. */
export interface SagaOutcome {
  readonly id: string;
  readonly subject: string;
  /** `completed`: all steps succeeded. `compensated`: everything that ran is undone. */
  readonly status: 'completed' | 'compensated';
  readonly state: Readonly<Record<string, unknown>>;
  /** Why it was undone; null when it completed. */
  readonly reason: SagaReason | null;
}

/**
 * Those who wait for sagas to end.
 *
 * A saga that ends in this engine answers at once, from memory; for one that ends elsewhere the rows of all waited-for
 * sagas are read together, once per poll interval, and only while somebody waits.
 */
export class Waiters {
  readonly #byId = new Map<string, Set<(outcome: SagaOutcome) => void>>();
  readonly #options: {
    readonly sql: SqlExecutor;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly pollIntervalMs: number;
  };
  #cancelPoll: (() => void) | undefined;

  constructor(options: {
    readonly sql: SqlExecutor;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly pollIntervalMs: number;
  }) {
    this.#options = options;
  }

  /** Waits for one saga; undefined when the time is over or the signal aborts. */
  async wait(
    id: string,
    options: { readonly waitMs: number; readonly signal?: AbortSignal },
  ): Promise<SagaOutcome | undefined> {
    const { waitMs, signal } = options;
    if (waitMs <= 0 || signal?.aborted === true) return undefined;
    const ended = Promise.withResolvers<SagaOutcome | undefined>();
    const giveUp = (): void => ended.resolve(undefined);
    const cancelTimer = this.#options.clock.after(waitMs, giveUp);
    signal?.addEventListener('abort', giveUp, { once: true });
    const waiting = this.#byId.get(id) ?? new Set();
    this.#byId.set(id, waiting.add(ended.resolve));
    this.#schedule();
    try {
      return await ended.promise;
    } finally {
      cancelTimer();
      signal?.removeEventListener('abort', giveUp);
      waiting.delete(ended.resolve);
      if (waiting.size === 0) this.#byId.delete(id);
      if (this.#byId.size === 0) this.stop();
    }
  }

  /** Answers those who wait for this saga. */
  tell(record: SagaRecord): void {
    const outcome = outcomeOf(record);
    if (outcome === undefined) return;
    for (const resolve of this.#byId.get(record.id) ?? []) resolve(outcome);
  }

  /** Stops reading rows; those who wait get no answer but their time-out. */
  stop(): void {
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
  }

  #schedule(): void {
    this.#cancelPoll ??= this.#options.clock.after(this.#options.pollIntervalMs, () => void this.#poll());
  }

  async #poll(): Promise<void> {
    this.#cancelPoll = undefined;
    try {
      for (const record of await readEnded(this.#options.sql, [...this.#byId.keys()])) this.tell(record);
    } catch (error) {
      // Those who wait are answered by a later poll, or told that the saga still runs, which is true.
      this.#options.logger.warn('could not read the ends of sagas', { error });
    }
    if (this.#byId.size > 0) this.#schedule();
  }
}

/** How a saga ended; undefined while it runs. */
export function outcomeOf(record: SagaRecord): SagaOutcome | undefined {
  const { id, subject, status, state, reason } = record;
  return status === 'completed' || status === 'compensated' ? { id, subject, status, state, reason } : undefined;
}
