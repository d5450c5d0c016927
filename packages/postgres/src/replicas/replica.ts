import { type Clock, isPlatformError, type Logger } from '@mainstay/kernel';
import { lastResult } from '../connection/connection.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import type { ExchangeStatement } from '../connection/exchange.ts';
import type { PoolMetrics } from '../connection/pool-metrics.ts';
import { postgresReasons as reasons } from '../errors.ts';
import type { ResolvedReplicaOptions } from '../replica-options.ts';
import { isConnectionLost } from '../sql-error.ts';
import type { ReplicaView } from './choose-replica.ts';
import { type PrimarySample, ReplicaLag } from './replica-lag.ts';
import type { ReplicaMetrics } from './replica-metrics.ts';

/** What one replica is made of. */
export interface ReplicaParts {
  /** As in logs and metrics: the name of the database, and a number. */
  readonly name: string;
  readonly reads: ConnectionPool;
  readonly transactions: PoolMetrics;
  /** One connection, so that a check never waits behind reads. */
  readonly checks: ConnectionPool;
  readonly options: ResolvedReplicaOptions;
  readonly metrics: ReplicaMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
}

const stateStatement: ExchangeStatement = {
  text: `SELECT pg_is_in_recovery() AS is_standby, coalesce(pg_last_wal_replay_lsn() - '0/0', 0) AS replayed`,
  values: [],
  prepareAs: 'mainstay-replica-state',
};

interface ReplicaState {
  readonly is_standby: boolean;
  readonly replayed: string;
}

/** After so many checks without an answer, reads that still wait for the replica are cut off and run on the primary. */
const failuresToCut = 3;

const firstPauseMs = 1;
const longestPauseMs = 16;

/** One server that follows the primary: its connections, and what is known of it. */
export class Replica {
  readonly name: string;
  readonly pool: ConnectionPool;
  readonly transactions: PoolMetrics;
  readonly #parts: ReplicaParts;
  readonly #lag = new ReplicaLag();
  #isUsable = false;
  #isChecking = false;
  #failureCount = 0;

  constructor(parts: ReplicaParts) {
    this.name = parts.name;
    this.pool = parts.reads;
    this.transactions = parts.transactions;
    this.#parts = parts;
  }

  view(): ReplicaView {
    const { total, idle, waiting } = this.pool.stats();
    return {
      isUsable: this.#isUsable,
      shownUntilMs: this.#lag.shownUntilMs,
      lagBytes: this.#lag.bytes,
      replayed: this.#lag.replayed,
      usedCount: total - idle + waiting,
    };
  }

  /** Looks how far it is; no answer, or a server that follows nobody, ends its reads until a later check. */
  async check(primary: PrimarySample | undefined): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      const state = await ask(this.#parts.checks, this.#parts.options.checkTimeoutMs);
      if (!state.is_standby) {
        this.#eject('it follows no primary');
        return;
      }
      this.#failureCount = 0;
      this.#lag.note(BigInt(state.replayed), primary);
      if (!this.#isUsable) this.#parts.logger.info('replica gets reads', { replica: this.name });
      this.#isUsable = true;
    } catch (error) {
      this.#failureCount += 1;
      this.#eject(error);
      if (this.#failureCount >= failuresToCut) this.pool.cutHeld();
    } finally {
      this.#isChecking = false;
      this.#show();
    }
  }

  /** Waits until it shows a position, with growing pauses; false when it does not within the time. */
  async reaches(position: bigint, waitMs: number): Promise<boolean> {
    if (this.#lag.replayed >= position) return true;
    const { clock, options, metrics } = this.#parts;
    const startedAtMs = clock.monotonicMs();
    const untilMs = startedAtMs + waitMs;
    try {
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, 2 * pauseMs)) {
        if (this.#lag.replayed < position)
          this.#lag.raise(BigInt((await ask(this.pool, options.checkTimeoutMs)).replayed));
        if (this.#lag.replayed >= position) return true;
        if (clock.monotonicMs() + pauseMs > untilMs) return false;
        await clock.sleep(pauseMs);
      }
    } catch (error) {
      if (!isReplicaFault(error)) throw error;
      this.suspect(error);
      return false;
    } finally {
      metrics.waited((clock.monotonicMs() - startedAtMs) / 1_000);
    }
  }

  /** A read failed on it: when the connection was lost it gets no more until it has answered a check. */
  suspect(error: unknown): void {
    if (isConnectionLost(error)) this.#eject(error);
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.close(), this.#parts.checks.close()]);
  }

  #eject(why: unknown): void {
    // What answers at the address later may be another server, with another history.
    this.#lag.forget();
    if (!this.#isUsable) return;
    this.#isUsable = false;
    this.#parts.logger.warn('replica gets no reads', { replica: this.name, error: why });
    this.#show();
  }

  #show(): void {
    const { clock, metrics } = this.#parts;
    const lagSeconds = (clock.monotonicMs() - this.#lag.shownUntilMs) / 1_000;
    metrics.checked(this.name, { isUsable: this.#isUsable, lagSeconds, lagBytes: Number(this.#lag.bytes) });
  }
}

async function ask(pool: ConnectionPool, limitMs: number): Promise<ReplicaState> {
  const connection = await pool.acquire('replica-state');
  try {
    return lastResult<ReplicaState>(await connection.run([stateStatement], limitMs)).rows[0]!;
  } finally {
    connection.release();
  }
}

const faults: ReadonlySet<string> = new Set([
  reasons.DATABASE_UNAVAILABLE.name,
  reasons.DATABASE_OVERLOADED.name,
  reasons.DATABASE_ACCESS_DENIED.name,
  reasons.DATABASE_DISK_FULL.name,
  reasons.DATABASE_CORRUPT.name,
  // On a standby: what the read needs was removed by the primary ("conflict with recovery").
  reasons.DATABASE_CONFLICT.name,
  reasons.POOL_EXHAUSTED.name,
]);

/** Tells whether a read failed for a reason that the primary does not share. */
export function isReplicaFault(error: unknown): boolean {
  return isConnectionLost(error) || (isPlatformError(error) && faults.has(error.reason));
}
