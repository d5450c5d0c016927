import { type Clock, isPlatformError, PlatformError } from '@mainstay/kernel';
import type { Database, Transaction } from '@mainstay/postgres';
import { sagaReasons } from '../errors.ts';
import { commitBatch } from '../store/commit-batch.ts';
import { explainRefusals, lockSagas } from '../store/refusals.ts';
import type { SagaWrite } from '../store/saga-writes.ts';
import type { LocalWrite } from './attempt-context.ts';
import { isPassing, type Verdict } from './commit-queue.ts';

/** A checkpoint with the writes of its step and hooks. */
export interface CheckpointWithWrites {
  readonly write: SagaWrite;
  /** In the order they run; none for a checkpoint that only has to wait for a lock. */
  readonly local: readonly LocalWrite[];
}

/** What a transaction queue works with. */
export interface TransactionQueueOptions {
  readonly database: Pick<Database, 'query' | 'transaction'>;
  readonly clock: Clock;
  readonly owner: string;
  /** When the lease of the runner ends, by the monotonic clock; nothing is repeated after that. */
  readonly leaseEndsAtMs: () => number;
}

interface Waiting extends CheckpointWithWrites {
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
  /** It shares its transaction with no other. */
  isAlone: boolean;
}

/** Transactions under way at once; the pool's other connections stay free for the service's own work. */
const lanes = 4;
/** Savepoints beyond 64 cost the whole server, and each saga of a group waits for all others. */
const maxGroup = 16;
const retryPauseMs = 100;

/**
 * Writes checkpoints that have local writes or hooks: many sagas share one transaction, each behind its own savepoint.
 *
 * A saga alone has a transaction of its own at once; groups form while all lanes are busy. Writes that fail are undone to
 * their savepoint and fail their own saga only. When the transaction itself fails (a deadlock, a lost connection) each
 * saga is repeated in one of its own.
 */
export class TransactionQueue {
  readonly #options: TransactionQueueOptions;
  #waiting: Waiting[] = [];
  #busyLanes = 0;

  constructor(options: TransactionQueueOptions) {
    this.#options = options;
  }

  /**
   * Makes a checkpoint durable together with its local writes.
   *
   * @throws what a local write threw, in which case nothing of the checkpoint was written; what the database refused.
   */
  append(checkpoint: CheckpointWithWrites): Promise<Verdict> {
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    this.#waiting.push({ ...checkpoint, resolve, reject, isAlone: false });
    this.#pump();
    return promise;
  }

  #pump(): void {
    while (this.#busyLanes < lanes && this.#waiting.length > 0) {
      const group = this.#takeGroup();
      this.#busyLanes += 1;
      void this.#run(group).finally(() => {
        this.#busyLanes -= 1;
        this.#pump();
      });
    }
  }

  #takeGroup(): readonly Waiting[] {
    if (this.#waiting[0]?.isAlone === true) return this.#waiting.splice(0, 1);
    const alone = this.#waiting.findIndex(({ isAlone }) => isAlone);
    const together = alone === -1 ? this.#waiting.length : alone;
    return this.#waiting.splice(0, Math.min(maxGroup, Math.ceil(together / (lanes - this.#busyLanes))));
  }

  async #run(group: readonly Waiting[]): Promise<void> {
    const failed = new Map<Waiting, unknown>();
    try {
      // Whoever happens to start the group may have a transaction open; a checkpoint is no part of it.
      const options = { name: 'saga-checkpoint', propagation: 'requires_new' } as const;
      const written = await this.#options.database.transaction(options, (tx) => this.#write(tx, group, failed));
      for (const one of group) if (written.has(one)) one.resolve('written');
      for (const [one, error] of failed) one.reject(error);
      const refused = group.filter((one) => !written.has(one) && !failed.has(one));
      if (refused.length > 0) await this.#explain(refused);
    } catch (error) {
      await this.#failed(group, error);
    }
  }

  async #write(
    tx: Transaction,
    group: readonly Waiting[],
    failed: Map<Waiting, unknown>,
  ): Promise<ReadonlySet<Waiting>> {
    const wait = group.length === 1;
    const locked = await lockSagas(
      tx,
      group.map(({ write }) => write),
      { wait },
    );
    const done = new Set<Waiting>();
    for (const one of group) {
      if (!locked.has(one.write.id)) continue;
      if (wait || one.local.length === 0) {
        for (const local of one.local) await local(tx);
        done.add(one);
        continue;
      }
      try {
        await this.#options.database.transaction({ name: 'saga-writes', propagation: 'nested' }, async (own) => {
          for (const local of one.local) await local(own);
        });
        done.add(one);
      } catch (error) {
        if (isPassing(error)) throw error;
        failed.set(one, error);
      }
    }
    if (done.size === 0) return done;
    const writes = [...done].map(({ write }) => write);
    const { appended } = await commitBatch(tx, this.#options.owner, { writes, starts: [] });
    if (appended === done.size) return done;
    // The rows are locked and were looked at, so only an entry that is there already can be in the way.
    throw new PlatformError(sagaReasons.SAGA_LEASE_LOST, 'an entry of the journal is there already');
  }

  /** What the database failed to do as a whole is done again one by one; what one saga's own writes did, is its own. */
  async #failed(group: readonly Waiting[], error: unknown): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const isUnclear = isPlatformError(error) && error.executed !== 'no';
    if (group.length === 1 && !isPassing(error) && !isUnclear) {
      first.reject(error);
      return;
    }
    if (group.length === 1) {
      const { clock, leaseEndsAtMs } = this.#options;
      if (clock.monotonicMs() + retryPauseMs >= leaseEndsAtMs()) {
        first.reject(error);
        return;
      }
      await clock.sleep(retryPauseMs);
    }
    await this.#explain(group, error);
  }

  async #explain(refused: readonly Waiting[], cause?: unknown): Promise<void> {
    let refusals: readonly string[] = [];
    try {
      refusals = await explainRefusals(
        this.#options.database,
        refused.map(({ write }) => write),
      );
    } catch (error) {
      // Repeated below; that fails with the reason when the database stays away.
      if (!isPassing(error)) return refused.forEach(({ reject }) => reject(cause ?? error));
    }
    for (const [index, one] of refused.entries()) {
      const refusal = refusals[index] ?? 'busy';
      if (refusal === 'busy') this.#waiting.push(Object.assign(one, { isAlone: true }));
      else one.resolve(refusal as Verdict);
    }
    this.#pump();
  }
}
