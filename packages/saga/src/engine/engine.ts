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
import { newSaga } from '../core/advance.ts';
import type { SagaDefinition } from '../definition.ts';
import { sagaReasons } from '../errors.ts';
import { type CancelAnswer, requestCancel } from '../store/cancel-requests.ts';
import { listStuck, readEnded, readSaga, type SagaView, type StuckSaga } from '../store/saga-queries.ts';
import { insertSaga } from '../store/saga-store.ts';
import { createSagaMetrics } from './metrics.ts';
import { Runner } from './runner.ts';
import type { SagaRuntime } from './runtime.ts';
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
  /** Sagas driven at once, default 50; each waits on one call most of the time. */
  readonly maxConcurrent?: number;
  /** Time after which another runner takes over the sagas of a dead one, default 10,000; prolonged every third of it. */
  readonly leaseMs?: number;
  /** How often the database is asked for due work that nobody woke the engine for, default 500. */
  readonly pollIntervalMs?: number;
  /** Time that attempts under way get when the engine stops, default 5,000. */
  readonly stopGraceMs?: number;
  /** Source of jitter, a number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

/** Runs sagas; disposing stops between steps and gives every claim up at once. */
export interface SagaEngine extends AsyncDisposable {
  /**
   * Records a new saga in the caller's transaction, together with whatever else the caller writes.
   *
   * It runs once the transaction has committed: call {@link SagaEngine.wake} then; without it the poll finds it.
   *
   * @throws {@link PlatformError} `already_exists` from the database when the id is taken.
   */
  start<State extends object>(
    tx: SqlExecutor,
    saga: SagaDefinition<State>,
    input: { readonly id: string; readonly subject: string; readonly state: State },
  ): Promise<void>;
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
  /** Reads one saga with its whole history. */
  read(id: string): Promise<SagaView | undefined>;
  /** Lists live sagas that need a person or are older than `olderThanMs` (default 60,000), worst first. */
  stuck(options?: { readonly olderThanMs?: number; readonly limit?: number }): Promise<readonly StuckSaga[]>;
}

/**
 * Starts an engine: it claims and drives sagas from now on, new ones and those that another engine left.
 *
 * Any number of engines may work on one database, in one process or many. Each saga has one owner at a time by lease,
 * and each write names the epoch of the claim, so an owner that stalled and came back writes nothing.
 */
export function createSagaEngine(options: SagaEngineOptions): SagaEngine {
  const { database, clock = systemClock, logger = silentLogger } = options;
  const leaseMs = atLeast('saga.leaseMs', options.leaseMs ?? 10_000, 3);
  const pollIntervalMs = atLeast('saga.pollIntervalMs', options.pollIntervalMs ?? 500, 1);
  const definitions = byNameAndVersion(options.sagas);
  const waiters = new Waiters({ sql: database, clock, logger, pollIntervalMs });
  const runtime: SagaRuntime = {
    database,
    clock,
    logger,
    metrics: createSagaMetrics(options.meter ?? silentMeter),
    owner: options.owner,
    identity: options.identity ?? { kind: 'service', roles: [] },
    leaseMs,
    random: options.random ?? Math.random,
    isStopping: () => runner.isStopping,
  };
  const runner = new Runner({
    runtime,
    definitions,
    maxConcurrent: atLeast('saga.maxConcurrent', options.maxConcurrent ?? 50, 1),
    pollIntervalMs,
    onEnded: (record) => waiters.tell(record),
  });
  runner.start();
  let stopped: Promise<void> | undefined;

  return {
    async start(tx, saga, { id, subject, state }) {
      if (!definitions.has(`${saga.name}@${saga.version}`)) {
        throw new PlatformError(
          sagaReasons.SAGA_UNKNOWN,
          `the engine has no saga ${saga.name} of version ${saga.version}`,
        );
      }
      const trace = currentContext()?.trace;
      const traceparent = trace === undefined ? null : formatTraceparent(trace);
      const input = {
        id,
        subject,
        state: { ...(state as Record<string, unknown>) },
        traceparent,
        nowMs: clock.nowMs(),
      };
      await insertSaga(tx, newSaga(saga.plan, input));
    },
    wake: (id) => runner.wake(id),
    async result(id, { waitMs, signal }) {
      if (waitMs <= 0) return (await readEnded(database, [id])).map(outcomeOf)[0];
      const waited = waiters.wait(id, signal === undefined ? { waitMs } : { waitMs, signal });
      // One that is in hand tells its end itself; any other may have ended before.
      if (!runner.has(id)) for (const record of await readEnded(database, [id])) waiters.tell(record);
      return await waited;
    },
    cancel: (tx, id, reason) => requestCancel(tx, { id, reason, nowMs: clock.nowMs() }),
    read: (id) => readSaga(database, id),
    stuck: ({ olderThanMs = 60_000, limit = 100 } = {}) =>
      listStuck(database, { nowMs: clock.nowMs(), olderThanMs, limit }),
    [Symbol.asyncDispose]() {
      stopped ??= runner.stop(options.stopGraceMs ?? 5_000).then(() => waiters.stop());
      return stopped;
    },
  };
}

function byNameAndVersion(sagas: readonly SagaDefinition[]): ReadonlyMap<string, SagaDefinition> {
  const found = new Map<string, SagaDefinition>();
  for (const saga of sagas) {
    const key = `${saga.name}@${saga.version}`;
    if (found.has(key)) throw optionError('saga.sagas', 'definitions of different name or version', key);
    found.set(key, saga);
  }
  return found;
}

function atLeast(name: string, value: number, minimum: number): number {
  if (!Number.isFinite(value) || value < minimum) throw optionError(name, `a number of at least ${minimum}`, value);
  return value;
}
