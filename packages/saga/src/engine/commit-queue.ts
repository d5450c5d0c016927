import { type Clock, faultPoint, isPlatformError, PlatformError } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import { sagaReasons } from '../errors.ts';
import { type BatchResult, commitBatch } from '../store/commit-batch.ts';
import { explainRefusals } from '../store/refusals.ts';
import type { Refusal, SagaStart, SagaWrite } from '../store/saga-writes.ts';

/** What became of a checkpoint. */
export type Verdict = Exclude<Refusal, 'busy'>;

/** What a commit queue works with. */
export interface CommitQueueOptions {
  readonly database: Pick<Database, 'query'>;
  readonly clock: Clock;
  readonly owner: string;
  /** When the lease of the runner ends, by the monotonic clock; nothing is repeated after that. */
  readonly leaseEndsAtMs: () => number;
  /** Sagas in the hands of the runner: as many checkpoints can be under way. */
  readonly heldCount: () => number;
  /** Writes a checkpoint whose row somebody has locked, and waits for the lock. */
  readonly writePatiently: (write: SagaWrite) => Promise<Verdict>;
  readonly onBatch: (size: number) => void;
}

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

type WaitingWrite = Waiting<SagaWrite, Verdict>;
type WaitingStart = Waiting<SagaStart, boolean>;

/** Statements under way at once: while the database works on one batch, the next one fills. */
const lanes = 2;
const maxBatch = 512;
const retryPauseMs = 100;

/**
 * Writes the checkpoints of many sagas in one statement and one commit.
 *
 * A batch leaves when half of the runner's sagas are in it, or at the end of the event loop's turn, as soon as one of two
 * lanes is free. So a saga alone waits for nobody, and the busier the runner, the larger the batches. Each checkpoint has
 * an answer of its own: a refused one fails no other.
 */
export class CommitQueue {
  readonly #options: CommitQueueOptions;
  #writes: WaitingWrite[] = [];
  #starts: WaitingStart[] = [];
  #busyLanes = 0;
  #isScheduled = false;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
  }

  /**
   * Makes a checkpoint durable.
   *
   * @throws {@link PlatformError} `SAGA_LEASE_LOST` when the lease ended before the database answered; what it refused.
   */
  append(item: SagaWrite): Promise<Verdict> {
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    this.#writes.push({ item, resolve, reject });
    this.#schedule();
    return promise;
  }

  /** Records a saga; false when there is one with this id. */
  start(item: SagaStart): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    this.#starts.push({ item, resolve, reject });
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    if (this.#busyLanes === lanes) return;
    if ((this.#writes.length + this.#starts.length) * lanes >= this.#options.heldCount()) this.#flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        this.#flush();
      });
    }
  }

  #flush(): void {
    if (this.#busyLanes === lanes || this.#writes.length + this.#starts.length === 0) return;
    const writes = this.#writes.length <= maxBatch ? this.#writes : this.#writes.slice(0, maxBatch);
    this.#writes = this.#writes.length <= maxBatch ? [] : this.#writes.slice(maxBatch);
    const starts = this.#starts;
    this.#starts = [];
    this.#busyLanes += 1;
    void this.#send(writes, starts).finally(() => {
      this.#busyLanes -= 1;
      if (this.#writes.length + this.#starts.length > 0) this.#schedule();
    });
  }

  async #send(writes: readonly WaitingWrite[], starts: readonly WaitingStart[]): Promise<void> {
    const { database, owner, clock, leaseEndsAtMs } = this.#options;
    const batch = { writes: writes.map(({ item }) => item), starts: starts.map(({ item }) => item) };
    let result: BatchResult;
    this.#options.onBatch(writes.length + starts.length);
    for (;;) {
      try {
        result = await commitBatch(database, owner, batch);
        const point = faultPoint('saga.after-batch');
        if (point !== undefined) await point;
        break;
      } catch (error) {
        if (!isPassing(error)) return await this.#sendOneByOne(writes, starts, error);
        if (clock.monotonicMs() + retryPauseMs >= leaseEndsAtMs()) {
          const lost = new PlatformError(sagaReasons.SAGA_LEASE_LOST, 'the lease ended before the database answered', {
            cause: error,
          });
          for (const { reject } of [...writes, ...starts]) reject(lost);
          return;
        }
        // A write that happened although its answer was lost is recognised by its sequence and epoch.
        await clock.sleep(retryPauseMs);
      }
    }
    const started = new Set(result.started);
    for (const { item, resolve } of starts) resolve(started.has(item.id));
    if (result.appended === writes.length) for (const { resolve } of writes) resolve('written');
    else await this.#explain(writes);
  }

  async #explain(writes: readonly WaitingWrite[]): Promise<void> {
    try {
      const refusals = await explainRefusals(
        this.#options.database,
        writes.map(({ item }) => item),
      );
      for (const [index, { item, resolve, reject }] of writes.entries()) {
        const refusal = refusals[index] ?? 'lost';
        if (refusal === 'busy') this.#options.writePatiently(item).then(resolve, reject);
        else resolve(refusal);
      }
    } catch (error) {
      if (!isPassing(error)) {
        for (const { reject } of writes) reject(error);
        return;
      }
      // Writing them again tells what became of each, and fails with the reason when the database stays away.
      this.#options.clock.after(retryPauseMs, () => {
        this.#writes.push(...writes);
        this.#schedule();
      });
    }
  }

  /** What the database refuses for good is found by writing each alone, so that it fails no other. */
  async #sendOneByOne(writes: readonly WaitingWrite[], starts: readonly WaitingStart[], error: unknown): Promise<void> {
    if (writes.length + starts.length === 1) {
      for (const { reject } of [...writes, ...starts]) reject(error);
      return;
    }
    for (const one of writes) await this.#send([one], []);
    for (const one of starts) await this.#send([], [one]);
  }
}

/** True for failures that say nothing about what was sent. */
export function isPassing(error: unknown): boolean {
  return isPlatformError(error) && error.retry !== 'never';
}
