import {
  type Clock,
  type Logger,
  type Meter,
  optionError,
  silentLogger,
  silentMeter,
  systemClock,
} from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { KeyedRequest } from './keyed-request.ts';
import type { KeyedHost, KeyedResult, KeyedWork } from './keyed-work.ts';
import { createKeyedMetrics, type KeyedMetrics } from './metrics.ts';
import { runInOneTransaction } from './run-in-one-transaction.ts';
import { runStaged } from './run-staged.ts';

/** Options of {@link createKeyedEffects}. */
export interface KeyedEffectsOptions {
  /** Holds the records, and what the effects write. */
  readonly database: Database;
  /** How long an answer is kept in milliseconds, at least 1,000; default 24 hours. Afterwards the key means a new effect. */
  readonly ttlMs?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly meter?: Meter;
}

/** One effect for each key of a caller. */
export interface KeyedEffects {
  /**
   * Has an effect that is one transaction: the work runs in it, its own transactions join, and the record is written with its commit.
   *
   * A call that dies leaves nothing. Of calls at once one has its effect, the others are told to come back. The work of a repetition may begin, and ends at its first
   * statement, which is not run; nor is anything else on a database of ours, or a call to another service.
   *
   * Cost: no trip to the database more than the work without a key, four in all for a repetition; the record is one row, written once.
   *
   * @throws {@link PlatformError} what the work throws; `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_INVALID`, `IDEMPOTENCY_IN_PROGRESS`,
   * `IDEMPOTENCY_STORE_UNAVAILABLE`; then nothing was run.
   */
  run<T>(request: KeyedRequest, work: KeyedWork<T>): Promise<KeyedResult<T>>;
  /**
   * Has an effect that takes several transactions, calls to others, or a wait.
   *
   * The record is written in progress in the first transaction that the work begins and completed at its end. A call that dies is taken over by the next one
   * after `lockMs`; the work then runs again, with the same `currentContext()?.effect?.id`, by which it finds what was done.
   *
   * Cost: three trips more than the work without a key, one of them a commit.
   *
   * @param options.lockMs - time after which a call that was not heard of counts as dead; a running one renews its lock.
   * @throws {@link PlatformError} as `run`; `IDEMPOTENCY_TAKEN_OVER` when the lock was outlived.
   */
  runStaged<T>(
    request: KeyedRequest,
    work: KeyedWork<T>,
    options: { readonly lockMs: number },
  ): Promise<KeyedResult<T>>;
  readonly metrics: KeyedMetrics;
}

const dayMs = 24 * 60 * 60 * 1_000;

/**
 * Makes keyed effects on a database that has `idempotencyMigrations`.
 *
 * @throws {@link PlatformError} `OPTION_INVALID` for a `ttlMs` below a second.
 * @example
 * const effects = createKeyedEffects({ database });
 * const outcome = await effects.run({ operation: 'pay', subject: `user:${id}`, key, fingerprint }, { run: () => pay(), encode });
 */
export function createKeyedEffects(options: KeyedEffectsOptions): KeyedEffects {
  const { database, ttlMs = dayMs, clock = systemClock, logger = silentLogger, meter = silentMeter } = options;
  if (!Number.isFinite(ttlMs) || ttlMs < 1_000) throw optionError('ttlMs', 'at least 1000', ttlMs);
  const host: KeyedHost = { database, ttlMs, clock, logger, metrics: createKeyedMetrics(meter), careful: new Set() };
  return {
    run: (request, work) => runInOneTransaction(host, request, work),
    runStaged(request, work, { lockMs }) {
      if (!Number.isFinite(lockMs) || lockMs < 1) throw optionError('lockMs', 'at least 1', lockMs);
      return runStaged(host, { request, work, lockMs });
    },
    metrics: host.metrics,
  };
}
