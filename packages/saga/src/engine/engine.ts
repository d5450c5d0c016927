import {
  type Clock,
  type Logger,
  type Meter,
  optionError,
  PlatformError,
  type SqlExecutor,
  silentLogger,
  silentMeter,
  systemClock,
} from '@mainstay/kernel';
import { currentContext, formatTraceparent, type Identity } from '@mainstay/kernel/context';
import type { Database } from '@mainstay/postgres';
import type { SagaStatus } from '../core/record.ts';
import type { SagaSummary } from '../core/summary.ts';
import { sagaReasons } from '../errors.ts';
import type { SagaDefinition } from '../saga-options.ts';
import { type SagaInput, startOf } from '../start-of.ts';
import { insertSaga } from '../store/insert-saga.ts';
import { listSagaActions, type SagaActionRecord } from '../store/list-actions.ts';
import { listSagas, listStuck, type SagaSearch, type StuckSaga } from '../store/list-sagas.ts';
import { type RequestAnswer, requestOf } from '../store/requests.ts';
import { readEnded, readSaga, type SagaView } from '../store/saga-queries.ts';
import { CommitQueue } from './commit-queue.ts';
import { Definitions } from './definitions.ts';
import { createSagaMetrics } from './metrics.ts';
import { actOn, type OperatorAction } from './operator-action.ts';
import { Runner } from './runner.ts';
import { RunnerLease } from './runner-lease.ts';
import type { SagaRuntime } from './runtime.ts';
import { TransactionQueue } from './transaction-queue.ts';
import { outcomeOf, type SagaOutcome, Waiters } from './waiters.ts';

/** How an engine works. */
export interface SagaEngineOptions {
  /** The user's database, with {@link sagaMigrations} applied. */
  readonly database: Pick<Database, 'query' | 'transaction'>;
  /** Definitions this engine runs; several versions of one name are allowed. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a list of definitions holds different states
  readonly sagas: readonly SagaDefinition<any>[];
  /** Unique per process and start, for example the instance id; stands in the rows the engine claims. */
  readonly owner: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly meter?: Meter;
  /** Who the calls of steps come from, default a service that acts for nobody. */
  readonly identity?: Identity;
  /** Sagas driven at once, default 1,000; each waits on one call most of the time. */
  readonly maxConcurrent?: number;
  /** Time after which other runners take over the sagas of a dead one, default 10,000; prolonged every third of it. */
  readonly leaseMs?: number;
  /** How often the database is asked for due work that nobody woke the engine for, default 500. */
  readonly pollIntervalMs?: number;
  /** Time that attempts under way get when the engine stops, default 5,000. */
  readonly stopGraceMs?: number;
  /** Source of jitter, a number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

/**
 * What became of a cancel request: `requested` is stored and honoured when it came in time; `compensating` changes
 * nothing because the saga is being undone already; `ended` comes too late; `unknown` names no saga.
 */
export type CancelAnswer = 'requested' | 'compensating' | 'ended' | 'unknown';

/** An event for a saga. */
export interface SagaMessage {
  readonly event: string;
  /** JSON; the step that waits for it is given it. */
  readonly payload?: unknown;
  readonly key?: string;
}

/** Runs sagas; disposing stops between steps and gives every claim up at once. */
export interface SagaEngine extends AsyncDisposable {
  /**
   * Records a new saga in the caller's transaction, together with whatever else the caller writes.
   *
   * It runs once the transaction has committed: call {@link SagaEngine.wake} then; without it the poll finds it.
   *
   * @throws {@link PlatformError} `SAGA_EXISTS` when the id is taken, `SAGA_UNKNOWN` without a definition.
   */
  start<State extends object>(tx: SqlExecutor, saga: SagaDefinition<State>, input: SagaInput<State>): Promise<void>;
  /**
   * Records a new saga on its own and begins with it at once; resolves when it is durable.
   *
   * Cheaper than {@link SagaEngine.start}: it shares a statement with the checkpoints of other sagas.
   *
   * @throws {@link PlatformError} `SAGA_EXISTS` when the id is taken, `SAGA_UNKNOWN` without a definition.
   */
  begin<State extends object>(saga: SagaDefinition<State>, input: SagaInput<State>): Promise<void>;
  /** Tells the engine that this saga has work; never waits, never fails. */
  wake(id: string): void;
  /**
   * Waits for the end of a saga, wherever it runs.
   *
   * @param options.waitMs - longest wait; 0 only looks.
   * @returns undefined when it has not ended by then, or the signal aborted; the saga goes on all the same.
   */
  result(
    id: string,
    options: { readonly waitMs: number; readonly signal?: AbortSignal },
  ): Promise<SagaOutcome | undefined>;
  /** Asks a saga to turn round, in the caller's transaction; honoured at a checkpoint before `cancelUntil`. Wake it then. */
  cancel(tx: SqlExecutor, id: string, reason: string): Promise<CancelAnswer>;
  /**
   * Sends an event to a saga, in the caller's transaction: a step that waits for it, now or later, is given it. Wake it then.
   *
   * @param event.key - an event whose key the saga was sent before is not taken again; absent: always taken.
   */
  send(tx: SqlExecutor, id: string, event: SagaMessage): Promise<RequestAnswer>;
  /**
   * Does by hand what an operator decided: the action, who and why stand in the saga's history for ever.
   *
   * @throws {@link PlatformError} `SAGA_ACTION_INVALID` when it does not fit where the saga stands, or there is none.
   */
  act(id: string, action: OperatorAction): Promise<void>;
  /** Reads one saga with its whole history. */
  read(id: string): Promise<SagaView | undefined>;
  /** Lists live sagas that need a person or are older than `olderThanMs` (default 60,000), worst first. */
  stuck(options?: {
    readonly olderThanMs?: number;
    readonly subject?: string;
    readonly limit?: number;
  }): Promise<readonly StuckSaga[]>;
  /** Lists sagas, live and ended ones, newest first; of every definition, also of those this engine does not run. */
  list(search?: SagaSearch): Promise<readonly SagaSummary[]>;
  /** Lists what people did to sagas, newest first. */
  actions(limit: number): Promise<readonly SagaActionRecord[]>;
}

/**
 * Starts an engine: it claims and drives sagas from now on, new ones and those that another engine left.
 *
 * Any number of engines may work on one database, in one process or many. Each saga has one owner at a time, by the
 * lease of its runner, and each write names the epoch of the claim, so an owner that stalled and came back writes nothing.
 */
export function createSagaEngine(options: SagaEngineOptions): SagaEngine {
  const { database, owner, clock = systemClock, logger = silentLogger } = options;
  const leaseMs = atLeast('saga.leaseMs', options.leaseMs ?? 10_000, 3);
  const pollIntervalMs = atLeast('saga.pollIntervalMs', options.pollIntervalMs ?? 500, 1);
  const definitions = new Definitions(options.sagas);
  const waiters = new Waiters({ sql: database, clock, logger, pollIntervalMs });
  const metrics = createSagaMetrics(options.meter ?? silentMeter);
  const lease = new RunnerLease({
    sql: database,
    clock,
    logger,
    owner,
    leaseMs,
    onLost: () => runner.abandon(),
    onProlonged: () => runner.dropLost(),
  });
  const leaseEndsAtMs = (): number => lease.endsAtMs;
  const isLeased = (): boolean => clock.monotonicMs() < lease.endsAtMs;
  const transactions = new TransactionQueue({ database, clock, owner, leaseEndsAtMs });
  const runtime: SagaRuntime = {
    database,
    clock,
    logger,
    metrics,
    owner,
    identity: options.identity ?? { kind: 'service', roles: [] },
    random: options.random ?? Math.random,
    transactions,
    commits: new CommitQueue({
      database,
      clock,
      owner,
      leaseEndsAtMs,
      heldCount: () => runner.heldCount,
      writePatiently: (write) => transactions.append({ write, local: [] }),
      onBatch: (size) => metrics.batches.record(size),
    }),
    leaseEndsAtMs,
    wake: (id) => runner.wake(id),
    isStopping: () => runner.isStopping,
  };
  const runner = new Runner({
    runtime,
    lease,
    definitions,
    maxConcurrent: atLeast('saga.maxConcurrent', options.maxConcurrent ?? 1_000, 1),
    pollIntervalMs,
    onEnded: (record) => waiters.tell(record),
  });
  lease.start();
  runner.start();
  let stopped: Promise<void> | undefined;

  const newSaga = <State extends object>(saga: SagaDefinition<State>, input: SagaInput<State>) => {
    definitions.require(saga);
    const trace = currentContext()?.trace;
    const traceparent = trace === undefined ? null : formatTraceparent(trace);
    return startOf(saga, input, { atMs: clock.nowMs(), traceparent });
  };
  const exists = (id: string): PlatformError =>
    new PlatformError(sagaReasons.SAGA_EXISTS, `there is a saga with the id ${id}`);

  return {
    async start(tx, saga, input) {
      const { start, record } = newSaga(saga, input);
      if (!isLeased()) await lease.held();
      const isOwn = runner.reserve(record);
      const isNew = await insertSaga(tx, { ...start, owner: isOwn ? owner : null }).catch((error: unknown) => {
        runner.cancelReservation(input.id);
        throw error;
      });
      if (isNew) return;
      runner.cancelReservation(input.id);
      throw exists(input.id);
    },
    async begin(saga, input) {
      const { start, record } = newSaga(saga, input);
      if (!isLeased()) await lease.held();
      const isOwn = runner.reserve(record);
      let isNew = false;
      try {
        isNew = isOwn
          ? await runtime.commits.start({ ...start, owner })
          : await insertSaga(database, { ...start, owner: null });
      } finally {
        if (!isNew) runner.cancelReservation(input.id);
      }
      if (!isNew) throw exists(input.id);
      runner.beginReserved(input.id);
    },
    wake: (id) => runner.wake(id),
    async result(id, { waitMs, signal }) {
      if (waitMs <= 0) return (await readEnded(database, [id])).map(outcomeOf)[0];
      const waited = waiters.wait(id, signal === undefined ? { waitMs } : { waitMs, signal });
      // One that is in hand tells its end itself; any other may have ended before.
      if (!runner.has(id)) for (const record of await readEnded(database, [id])) waiters.tell(record);
      return await waited;
    },
    async cancel(tx, id, reason) {
      const transition = { kind: 'cancel_requested', reason } as const;
      const { answer, status } = await requestOf(tx, { id, transition, nowMs: clock.nowMs() });
      return cancelAnswer(answer, status);
    },
    async send(tx, id, { event, payload = null, key }) {
      const transition = { kind: 'event_received', event, payload } as const;
      const request = { id, transition, nowMs: clock.nowMs() };
      return (await requestOf(tx, key === undefined ? request : { ...request, key: `event ${key}` })).answer;
    },
    async act(id, action) {
      await actOn(database, { id, action, nowMs: clock.nowMs() });
      runner.wake(id);
    },
    read: (id) => readSaga(database, id),
    stuck: ({ olderThanMs = 60_000, subject, limit = 100 } = {}) =>
      listStuck(database, { nowMs: clock.nowMs(), olderThanMs, subject, limit }),
    list: (search = {}) => listSagas(database, search),
    actions: (limit) => listSagaActions(database, limit),
    async [Symbol.asyncDispose]() {
      stopped ??= runner.stop(options.stopGraceMs ?? 5_000).then(async () => {
        waiters.stop();
        await lease.stop();
      });
      await stopped;
    },
  };
}

function cancelAnswer(answer: 'requested' | 'repeated' | 'ended' | 'unknown', status?: SagaStatus): CancelAnswer {
  if (answer === 'ended' || answer === 'unknown') return answer;
  return status === 'compensating' ? 'compensating' : 'requested';
}

function atLeast(name: string, value: number, minimum: number): number {
  if (!Number.isFinite(value) || value < minimum) throw optionError(name, `a number of at least ${minimum}`, value);
  return value;
}
