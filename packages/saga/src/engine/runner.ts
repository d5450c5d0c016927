import { isPlatformError, PlatformError } from '@mainstay/kernel';
import { childTrace, newTrace, parseTraceparent, runInContext } from '@mainstay/kernel/context';
import { nextDueAtMs } from '../core/decide.ts';
import { isEnded, type SagaRecord } from '../core/record.ts';
import type { SagaDefinition } from '../definition.ts';
import { sagaReasons } from '../errors.ts';
import { type ClaimedSaga, claimSagas, renewLeases } from '../store/saga-store.ts';
import { drive, fields } from './drive.ts';
import { HeldSaga } from './held-saga.ts';
import type { SagaRuntime } from './runtime.ts';

/** How a runner looks for work. */
export interface RunnerOptions {
  readonly runtime: SagaRuntime;
  /** By `name@version`. */
  readonly definitions: ReadonlyMap<string, SagaDefinition>;
  readonly maxConcurrent: number;
  readonly pollIntervalMs: number;
  readonly onEnded: (record: SagaRecord) => void;
}

// A pause longer than this is left to the poll, whose interval is then a small part of it.
const longestTimerMs = 10_000;

/**
 * Claims sagas and drives them, many at once.
 *
 * Woken by id right after a saga was started; a slow poll behind it finds what was missed: due retries, sagas of dead
 * runners, wake-ups that were lost. One claim statement runs at a time and takes as many sagas as there are free slots.
 */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #held = new Map<string, { readonly saga: HeldSaga; readonly done: Promise<void> }>();
  readonly #woken = new Set<string>();
  readonly #timers = new Map<string, () => void>();
  #pollDue = false;
  #claiming: Promise<void> | undefined;
  #stopping = false;
  #stopped = false;
  #cancelPoll: (() => void) | undefined;
  #cancelRenewal: (() => void) | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  /** True while the saga is in hand or about to be claimed. */
  has(id: string): boolean {
    return this.#held.has(id) || this.#woken.has(id);
  }

  start(): void {
    const { clock, leaseMs } = this.#options.runtime;
    const armPoll = (): void => {
      this.#cancelPoll = clock.after(this.#options.pollIntervalMs, () => {
        this.#pollDue = true;
        this.#pump();
        armPoll();
      });
    };
    const armRenewal = (): void => {
      if (this.#stopped) return;
      this.#cancelRenewal = clock.after(leaseMs / 3, () => void this.#renew().then(armRenewal));
    };
    armPoll();
    armRenewal();
    this.#pollDue = true;
    this.#pump();
  }

  wake(id: string): void {
    if (this.#stopping) return;
    this.#woken.add(id);
    this.#pump();
  }

  /** Gives sagas up between steps; those in the middle of an attempt after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#cancelPoll?.();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    const { clock } = this.#options.runtime;
    const cancel = clock.after(graceMs, () => {
      const reason = new PlatformError(sagaReasons.SAGA_STOPPED, 'the saga engine stops');
      for (const { saga } of this.#held.values()) saga.abort(reason);
    });
    await this.#claiming;
    await Promise.all([...this.#held.values()].map(({ done }) => done));
    cancel();
    this.#stopped = true;
    this.#cancelRenewal?.();
  }

  #pump(): void {
    if (this.#claiming !== undefined || this.#stopping) return;
    if (!this.#pollDue && this.#woken.size === 0) return;
    if (this.#held.size >= this.#options.maxConcurrent) return;
    this.#claiming = this.#claim().finally(() => {
      this.#claiming = undefined;
      this.#pump();
    });
  }

  async #claim(): Promise<void> {
    const { runtime, maxConcurrent } = this.#options;
    const limit = maxConcurrent - this.#held.size;
    // The poll goes first and takes the oldest, woken ones among them: new sagas that keep coming starve no orphan.
    const ids = this.#pollDue ? undefined : [...this.#woken].slice(0, limit);
    for (const id of ids ?? []) this.#woken.delete(id);
    this.#pollDue = false;
    const leaseEndsAtMs = runtime.clock.monotonicMs() + runtime.leaseMs;
    const nowMs = runtime.clock.nowMs();
    try {
      const claimed = await claimSagas(runtime.database, {
        owner: runtime.owner,
        nowMs,
        leaseUntilMs: nowMs + runtime.leaseMs,
        limit,
        definitions: [...this.#options.definitions.values()],
        ...(ids !== undefined && { ids }),
      });
      for (const one of claimed) this.#take(one, leaseEndsAtMs);
      if (ids === undefined && claimed.length === limit) this.#pollDue = true;
    } catch (error) {
      // The next poll tries again; until then nothing is lost, because every saga stands in its row.
      runtime.logger.warn('could not claim sagas', { error });
    }
  }

  #take({ record, epoch, previousOwner }: ClaimedSaga, leaseEndsAtMs: number): void {
    const definition = this.#options.definitions.get(`${record.name}@${record.version}`);
    if (definition === undefined) return;
    this.#woken.delete(record.id);
    const saga = new HeldSaga({ definition, record, epoch, leaseEndsAtMs });
    this.#held.get(record.id)?.saga.abort(leaseLost(record.id));
    const trace = childTrace(parseTraceparent(record.traceparent ?? undefined) ?? newTrace());
    const { identity } = this.#options.runtime;
    const done = runInContext({ trace, identity }, () => this.#drive(saga, previousOwner));
    this.#held.set(record.id, { saga, done });
    this.#options.runtime.metrics.held.set(this.#held.size);
  }

  async #drive(saga: HeldSaga, previousOwner: string | null): Promise<void> {
    const { runtime } = this.#options;
    try {
      const after = await drive(runtime, saga, previousOwner);
      if (after === 'ended') this.#ended(saga);
      else this.#wakeWhenDue(saga.record);
    } catch (error) {
      const lost = isPlatformError(error, sagaReasons.SAGA_LEASE_LOST);
      if (lost) runtime.metrics.leasesLost.add(1);
      const passing = lost || (isPlatformError(error) && error.retry !== 'never');
      const line = { ...fields(saga), error };
      runtime.logger[passing ? 'warn' : 'error']('saga given up; it goes on when its lease ends', line);
    } finally {
      if (this.#held.get(saga.record.id)?.saga === saga) this.#held.delete(saga.record.id);
      runtime.metrics.held.set(this.#held.size);
      this.#pump();
    }
  }

  #ended(saga: HeldSaga): void {
    const { record } = saga;
    const { metrics, logger } = this.#options.runtime;
    const labels = { saga: record.name, status: record.status };
    metrics.ended.add(1, labels);
    metrics.duration.record(((record.endedAtMs ?? record.createdAtMs) - record.createdAtMs) / 1_000, labels);
    logger.info('saga ended', { ...fields(saga), reason: record.reason?.reason });
    this.#options.onEnded(record);
  }

  #wakeWhenDue(record: SagaRecord): void {
    const { clock } = this.#options.runtime;
    if (isEnded(record) || this.#stopping) return;
    const definition = this.#options.definitions.get(`${record.name}@${record.version}`)!;
    const nowMs = clock.nowMs();
    const pauseMs = nextDueAtMs(record, definition.plan, nowMs) - nowMs;
    if (pauseMs > longestTimerMs) return;
    this.#timers.get(record.id)?.();
    const cancel = clock.after(pauseMs, () => {
      this.#timers.delete(record.id);
      this.wake(record.id);
    });
    this.#timers.set(record.id, cancel);
  }

  async #renew(): Promise<void> {
    const { runtime } = this.#options;
    const held = [...this.#held.values()].map(({ saga }) => saga);
    if (held.length === 0) return;
    const startedAtMs = runtime.clock.monotonicMs();
    try {
      const renewed = await renewLeases(runtime.database, {
        owner: runtime.owner,
        leaseUntilMs: runtime.clock.nowMs() + runtime.leaseMs,
        held: held.map((saga) => ({ id: saga.record.id, epoch: saga.epoch })),
      });
      for (const saga of held) {
        if (renewed.has(saga.record.id)) saga.leaseEndsAtMs = startedAtMs + runtime.leaseMs;
      }
    } catch (error) {
      // The leases run out by themselves when this goes on; the check below then ends the work on them.
      runtime.logger.warn('could not prolong the leases of sagas', { error });
    }
    for (const saga of held) {
      if (saga.leaseEndsAtMs <= runtime.clock.monotonicMs()) saga.abort(leaseLost(saga.record.id));
    }
  }
}

function leaseLost(id: string): PlatformError {
  return new PlatformError(sagaReasons.SAGA_LEASE_LOST, `the lease of saga ${id} has ended`);
}
