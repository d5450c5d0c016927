import { isPlatformError, PlatformError } from '@mainstay/kernel';
import { runOutsideOfCalls } from '@mainstay/kernel/context';
import { isEnded, type SagaRecord } from '../core/record.ts';
import { sagaReasons } from '../errors.ts';
import { type ClaimedSaga, claimSagas } from '../store/claim.ts';
import { findLost, findRecorded } from '../store/runners.ts';
import type { Definitions } from './definitions.ts';
import { drive, fields } from './drive.ts';
import { HeldSaga } from './held-saga.ts';
import { migrate } from './migrate.ts';
import type { RunnerLease } from './runner-lease.ts';
import type { SagaRuntime } from './runtime.ts';

/** How a runner looks for work. */
export interface RunnerOptions {
  readonly runtime: SagaRuntime;
  readonly lease: RunnerLease;
  readonly definitions: Definitions;
  readonly maxConcurrent: number;
  readonly pollIntervalMs: number;
  readonly onEnded: (record: SagaRecord) => void;
}

/** A saga that was recorded by this runner and waits for its transaction to commit. */
interface Reserved {
  readonly record: SagaRecord;
  readonly atMs: number;
}

// A pause longer than this is left to the poll, whose interval is then a small part of it.
const longestTimerMs = 10_000;
// A saga whose transaction takes longer than this to commit is found by the poll afterwards.
const longestTransactionMs = 10_000;

/**
 * Claims sagas and drives them, many at once.
 *
 * A saga that this engine recorded is its own from the start, and begins when it is woken. Behind that a slow poll finds
 * what was missed: due retries, sagas of dead runners, wake-ups that were lost. One claim statement runs at a time and
 * takes as many sagas as there are free slots.
 */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #held = new Map<string, HeldSaga>();
  readonly #driving = new Set<Promise<void>>();
  readonly #reserved = new Map<string, Reserved>();
  readonly #unconfirmed = new Set<string>();
  readonly #woken = new Set<string>();
  readonly #timers = new Map<string, () => void>();
  #pollDue = false;
  #claiming: Promise<void> | undefined;
  #stopping = false;
  #cancelPoll: (() => void) | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  /** Sagas in hand, and those recorded that will be. */
  get heldCount(): number {
    return this.#held.size + this.#reserved.size;
  }

  /** True while the saga is in hand or about to be. */
  has(id: string): boolean {
    return this.#held.has(id) || this.#reserved.has(id) || this.#woken.has(id);
  }

  start(): void {
    const { clock } = this.#options.runtime;
    const armPoll = (): void => {
      this.#cancelPoll = clock.after(this.#options.pollIntervalMs, () => {
        for (const id of this.#reserved.keys()) this.#unconfirmed.add(id);
        if (this.#unconfirmed.size > 0) void this.#confirm();
        this.#pollDue = true;
        this.#pump();
        armPoll();
      });
    };
    armPoll();
    this.#pollDue = true;
    this.#pump();
  }

  /**
   * Keeps a slot for a saga that is being recorded with this runner as its owner.
   *
   * @returns false when there is none; then the saga is recorded without an owner.
   */
  reserve(record: SagaRecord): boolean {
    if (this.#stopping || this.heldCount >= this.#options.maxConcurrent) return false;
    if (this.#held.has(record.id) || this.#reserved.has(record.id)) return false;
    this.#reserved.set(record.id, { record, atMs: this.#options.runtime.clock.monotonicMs() });
    return true;
  }

  /** Gives a reserved slot back: the saga was not recorded. */
  cancelReservation(id: string): void {
    this.#reserved.delete(id);
  }

  wake(id: string): void {
    // What it begins goes on by itself: it is no part of the call that wakes it.
    runOutsideOfCalls(() => this.#wake(id));
  }

  #wake(id: string): void {
    if (this.#stopping || this.#held.has(id)) return;
    if (!this.#reserved.has(id)) {
      this.#woken.add(id);
      this.#pump();
      return;
    }
    this.#unconfirmed.add(id);
    if (this.#unconfirmed.size === 1) setImmediate(() => void this.#confirm());
  }

  /** Begins with a saga that was recorded with this runner as its owner. */
  beginReserved(id: string): void {
    const reserved = this.#reserved.get(id);
    if (reserved === undefined) return;
    this.#reserved.delete(id);
    const claimed = { record: reserved.record, epoch: 1, sequence: 0, previousOwner: null, hasNews: false };
    runOutsideOfCalls(() => this.#take(claimed));
  }

  /** Ends the work on sagas that others have taken. */
  async dropLost(): Promise<void> {
    const held = [...this.#held.values()].map(({ record, epoch }) => ({ id: record.id, epoch }));
    if (held.length === 0) return;
    for (const id of await findLost(this.#options.runtime.database, held)) {
      const saga = this.#held.get(id);
      if (saga !== undefined && held.some((one) => one.id === id && one.epoch === saga.epoch)) saga.abort(leaseLost());
    }
  }

  /** Ends all work at once: the lease has ended. */
  abandon(): void {
    for (const saga of this.#held.values()) saga.abort(leaseLost());
  }

  /** Gives sagas up between steps; those in the middle of an attempt after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#cancelPoll?.();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    const cancel = this.#options.runtime.clock.after(graceMs, () => {
      const reason = new PlatformError(sagaReasons.SAGA_STOPPED, 'the saga engine stops');
      for (const saga of this.#held.values()) saga.abort(reason);
    });
    await this.#claiming;
    await Promise.all(this.#driving);
    cancel();
  }

  // Nothing is called for a saga that nobody can see: its transaction may have been rolled back, woken or not.
  async #confirm(): Promise<void> {
    const ids = [...this.#unconfirmed];
    this.#unconfirmed.clear();
    const { database, logger, owner, clock } = this.#options.runtime;
    try {
      for (const id of await findRecorded(database, owner, ids)) if (!this.#stopping) this.beginReserved(id);
    } catch (error) {
      // The poll finds those that are there.
      logger.warn('could not read what was recorded of sagas', { error });
    }
    // What is not there yet may still be written by its transaction, for a while.
    const longAgoMs = clock.monotonicMs() - longestTransactionMs;
    for (const [id, { atMs }] of this.#reserved) if (atMs <= longAgoMs) this.#reserved.delete(id);
  }

  #pump(): void {
    if (this.#claiming !== undefined || this.#stopping) return;
    if (!this.#pollDue && this.#woken.size === 0) return;
    if (this.heldCount >= this.#options.maxConcurrent) return;
    this.#claiming = this.#claim().finally(() => {
      this.#claiming = undefined;
      this.#pump();
    });
  }

  async #claim(): Promise<void> {
    const { runtime, lease, maxConcurrent, definitions, pollIntervalMs } = this.#options;
    const limit = maxConcurrent - this.heldCount;
    // The poll goes first and takes the oldest, woken ones among them: new sagas that keep coming starve no orphan.
    const ids = this.#pollDue ? undefined : [...this.#woken].slice(0, limit);
    for (const id of ids ?? []) this.#woken.delete(id);
    this.#pollDue = false;
    try {
      await lease.held();
      const nowMs = runtime.clock.nowMs();
      const claimed = await claimSagas(runtime.database, {
        owner: runtime.owner,
        nowMs,
        ownDueBeforeMs: nowMs - pollIntervalMs,
        limit,
        definitions: definitions.claimable,
        held: [...this.#held.keys(), ...this.#reserved.keys()],
        ...(ids !== undefined && { ids }),
      });
      for (const one of claimed) this.#take(one);
      if (ids === undefined && claimed.length === limit) this.#pollDue = true;
    } catch (error) {
      // The next poll tries again; until then nothing is lost, because every saga stands in its row.
      runtime.logger.warn('could not claim sagas', { error });
    }
  }

  #take(claimed: ClaimedSaga): void {
    const { id } = claimed.record;
    this.#woken.delete(id);
    this.#held.get(id)?.abort(leaseLost());
    const done = this.#drive(claimed);
    this.#driving.add(done);
    void done.finally(() => this.#driving.delete(done));
  }

  async #drive(claimed: ClaimedSaga): Promise<void> {
    const { runtime, definitions } = this.#options;
    const definition = definitions.of(claimed.record);
    const saga = new HeldSaga(claimed, definition);
    this.#held.set(saga.record.id, saga);
    runtime.metrics.held.set(this.#held.size);
    try {
      let current = claimed;
      if (definition.version !== claimed.record.version) {
        current = await migrate(runtime, claimed, definition);
        saga.goOnWith(current);
      }
      const end = await drive(runtime, saga, current);
      this.#letGo(saga);
      if (end.act === 'rest') this.#ended(saga);
      else this.#wakeWhenDue(saga, end.untilMs);
    } catch (error) {
      this.#letGo(saga);
      const lost = isPlatformError(error, sagaReasons.SAGA_LEASE_LOST);
      if (lost) runtime.metrics.leasesLost.add(1);
      const passing = lost || (isPlatformError(error) && error.retry !== 'never');
      const line = { ...fields(saga), error };
      runtime.logger[passing ? 'warn' : 'error']('saga given up; a claim goes on with it', line);
    }
    this.#pump();
  }

  #letGo(saga: HeldSaga): void {
    if (this.#held.get(saga.record.id) === saga) this.#held.delete(saga.record.id);
    this.#options.runtime.metrics.held.set(this.#held.size);
  }

  #ended(saga: HeldSaga): void {
    const { record } = saga;
    const { metrics, logger } = this.#options.runtime;
    const labels = { saga: record.name, status: record.status };
    metrics.ended.add(1, labels);
    metrics.duration.record(((record.endedAtMs ?? record.createdAtMs) - record.createdAtMs) / 1_000, labels);
    logger.info('saga ended', { ...fields(saga), reason: record.reason?.reason });
    this.#options.onEnded(record);
    if (record.parent !== null) this.wake(record.parent.id);
  }

  #wakeWhenDue({ record }: HeldSaga, dueAtMs: number): void {
    const { clock } = this.#options.runtime;
    if (isEnded(record) || this.#stopping) return;
    const pauseMs = dueAtMs - clock.nowMs();
    if (pauseMs > longestTimerMs) return;
    this.#timers.get(record.id)?.();
    const cancel = clock.after(pauseMs, () => {
      this.#timers.delete(record.id);
      this.wake(record.id);
    });
    this.#timers.set(record.id, cancel);
  }
}

function leaseLost(): PlatformError {
  return new PlatformError(sagaReasons.SAGA_LEASE_LOST, 'the lease of the runner has ended');
}
