import type { Clock } from '@mainstay/kernel';
import { type CallContext, currentContext } from '@mainstay/kernel/context';
import { type Connection, lastResult } from '../connection/connection.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { flushStatement, positionOf, positionStatement } from '../connection/log-position.ts';
import type { ResolvedReplicaOptions } from '../replica-options.ts';
import { chooseReplica } from './choose-replica.ts';
import { isReplicaFault, type Replica } from './replica.ts';
import type { PrimarySample } from './replica-lag.ts';
import type { PrimaryCause, ReplicaMetrics } from './replica-metrics.ts';

/** What the replicas of one database are made of. */
export interface ReplicaSetParts {
  /** Of the database, under which calls note what they wrote. */
  readonly name: string;
  readonly replicas: readonly Replica[];
  /** One connection to the primary, which is asked how far its log is. */
  readonly primary: ConnectionPool;
  readonly options: ResolvedReplicaOptions;
  readonly metrics: ReplicaMetrics;
  readonly clock: Clock;
}

/** A read, for either kind of server; it may be run on a replica and then on the primary. */
export interface RoutedRead<T> {
  /** Bound of the read's own, in milliseconds; undefined for the one of all. */
  readonly maxLagMs: number | undefined;
  onReplica(replica: Replica): Promise<T>;
  onPrimary(): Promise<T>;
}

/** The replicas of one database: checks them, and runs reads where they may run. */
export class ReplicaSet implements AsyncDisposable {
  readonly #parts: ReplicaSetParts;
  readonly #closing = new AbortController();
  #checking: Promise<void> | undefined;
  #turn = 0;
  #lastPosition: bigint | undefined;
  #flushedTo: bigint | undefined;

  constructor(parts: ReplicaSetParts) {
    this.#parts = parts;
  }

  /** Begins to check; resolves when each replica has answered once or failed to. */
  async start(): Promise<void> {
    await this.#checkAll();
    this.#checking = this.#checkOn();
  }

  /** Runs a read on a replica when one is fit for it, and on the primary otherwise, also when the replica fails. */
  async read<T>(read: RoutedRead<T>): Promise<T> {
    const context = currentContext();
    const chosen = this.#choose(read.maxLagMs, context);
    if (typeof chosen === 'string') return await this.#onPrimary(chosen, read);
    const position = context?.written?.of(this.#parts.name);
    if (position !== undefined && !(await chosen.reaches(position, this.#parts.options.waitMs))) {
      return await this.#onPrimary('not_written_yet', read);
    }
    let result: T;
    try {
      result = await read.onReplica(chosen);
    } catch (error) {
      if (!isReplicaFault(error)) throw error;
      chosen.suspect(error);
      return await this.#onPrimary('failed', read);
    }
    this.#parts.metrics.readOn(chosen.name);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#checking;
    await Promise.all([this.#parts.primary.close(), ...this.#parts.replicas.map((replica) => replica.close())]);
  }

  async #onPrimary<T>(cause: PrimaryCause, read: RoutedRead<T>): Promise<T> {
    this.#parts.metrics.readOnPrimary(cause);
    return await read.onPrimary();
  }

  #choose(maxLagMs: number | undefined, context: CallContext | undefined): Replica | PrimaryCause {
    // The record of a key is written in the transaction of its call, whatever that does.
    if (context?.effect !== undefined) return 'keyed';
    const { replicas, options, clock, name } = this.#parts;
    const chosen = chooseReplica(
      replicas.map((replica) => replica.view()),
      {
        nowMs: clock.monotonicMs(),
        maxLagMs: maxLagMs ?? options.maxLagMs,
        maxLagBytes: options.maxLagBytes,
        position: context?.written?.of(name),
        turn: this.#turn++,
      },
    );
    return typeof chosen === 'string' ? chosen : replicas[chosen]!;
  }

  async #checkAll(): Promise<void> {
    const sample = await this.#samplePrimary();
    await Promise.all(this.#parts.replicas.map((replica) => replica.check(sample)));
  }

  async #checkOn(): Promise<void> {
    const { clock, options } = this.#parts;
    const { signal } = this.#closing;
    while (await slept(clock.sleep(options.checkIntervalMs, signal))) {
      const sample = await this.#samplePrimary();
      // One that hangs does not keep the others from being looked at again.
      for (const replica of this.#parts.replicas) void replica.check(sample);
    }
  }

  /** Undefined when the primary gives no answer: replicas age then, by the last one. */
  async #samplePrimary(): Promise<PrimarySample | undefined> {
    const { primary, clock } = this.#parts;
    try {
      const connection = await primary.acquire('replica-check');
      try {
        let atMs = clock.monotonicMs();
        let position = await this.#ask(connection);
        if (this.#isStuckAt(position)) {
          await connection.run([flushStatement], this.#parts.options.checkTimeoutMs);
          atMs = clock.monotonicMs();
          position = await this.#ask(connection);
          this.#flushedTo = position;
        }
        this.#lastPosition = position;
        return { atMs, position };
      } finally {
        connection.release();
      }
    } catch {
      // Those who use the primary hear of it; here it only makes the replicas look older.
      return undefined;
    }
  }

  async #ask(connection: Connection): Promise<bigint> {
    return positionOf(lastResult(await connection.run([positionStatement], this.#parts.options.checkTimeoutMs)).rows);
  }

  /**
   * Nothing is written any more, and a replica is not there yet: it may wait for the rest of a record.
   *
   * A primary flushes whole pages of what no commit waits for, such as hints, and may then rest in the middle of a record.
   */
  #isStuckAt(position: bigint): boolean {
    if (position !== this.#lastPosition || position === this.#flushedTo) return false;
    return this.#parts.replicas.some((replica) => replica.view().isUsable && replica.view().replayed < position);
  }
}

async function slept(pause: Promise<void>): Promise<boolean> {
  try {
    await pause;
    return true;
  } catch {
    // Only the end of the set wakes it early.
    return false;
  }
}
