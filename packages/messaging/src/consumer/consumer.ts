import { faultPoint, type HeldLease, silentLogger, silentMeter, systemClock, toPlatformError } from '@mainstay/kernel';
import { messagingReasons } from '../errors.ts';
import { startWorker, type Work } from '../worker/worker.ts';
import { createConsumerMetrics } from './consumer-metrics.ts';
import { type ConsumerNumbers, type ConsumerOptions, checkConsumerOptions } from './consumer-options.ts';
import { followLog } from './follow-log.ts';
import { type HandlingRuntime, handleBatch, handleDue } from './handle-batch.ts';
import { type Cursor, openCursor } from './inbox-store.ts';
import { hasMissed, noteMissed } from './missed-events.ts';
import { nextDue } from './parked-store.ts';

/** Failed events that are tried again between two batches, so that many of them hold up no new one. */
const dueBetweenBatches = 10;

/**
 * Takes events from the bus and has their effects, once each, until it is disposed of.
 *
 * Events of a source are handled in their order, a batch in one transaction together with the cursor. One that fails is set
 * aside and tried again with growing pauses; events of its subject wait behind it, all others go on. After `maxAttempts`
 * it is a dead letter, those behind it go on, and a person decides (`listDeadLetters`, `replayDeadLetter`).
 *
 * Any number of instances may run one consumer: for each source the holder of the lease `consumer:<name>:<source>` works,
 * and PostgreSQL refuses the writes of one that lost it.
 *
 * Cost: two statements and one commit a batch, besides those of the handlers; a look at events set aside each
 * `pollIntervalMs`.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for an option out of range.
 * @example
 * await using consumer = startConsumer({
 *   name: 'sales-statistics', sources: ['orders'], database, bus, leases,
 *   handlers: [onEvent(OrderConfirmedSchema, ({ orderId }, { tx }) => countSale(tx, orderId))],
 * });
 */
export function startConsumer(options: ConsumerOptions): AsyncDisposable {
  const numbers = checkConsumerOptions(options);
  const workers = options.sources.map((source) =>
    startWorker({
      lease: `consumer:${options.name}:${source}`,
      leases: options.leases,
      clock: options.clock ?? systemClock,
      pollIntervalMs: numbers.pollIntervalMs,
      begin: (lease, wake) => consume({ ...options, source, numbers }, lease, wake),
    }),
  );
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
    },
  };
}

function consume(
  options: ConsumerOptions & { readonly source: string; readonly numbers: ConsumerNumbers },
  lease: HeldLease,
  wake: () => void,
): Work {
  const { source, numbers, database, bus, clock = systemClock, logger = silentLogger, meter = silentMeter } = options;
  const key = { consumer: options.name, source };
  const runtime: HandlingRuntime = {
    key,
    database,
    numbers,
    handlers: new Map(options.handlers.map((handler) => [handler.type, handler])),
    metrics: createConsumerMetrics(key, { meter, logger, clock }),
  };
  const forget = bus.onArrival(source, wake);
  let cursor: Cursor | undefined;
  /** When to look for events that are set aside, by the monotonic clock: nobody sets any aside but this worker and people. */
  let lookAtMs = 0;

  const followed = async (from: Cursor): Promise<Cursor> => {
    const log = await bus.logOf(source);
    if (log === undefined || log === from.log) return from;
    if (from.log !== null) logger.warn('the bus has begun anew, reading it from its first event', { ...key });
    return await followLog(database, key, { cursor: from, log });
  };

  return {
    async step() {
      let newest: bigint | undefined;
      if (cursor === undefined) {
        newest = await bus.newest(source);
        const position = options.from === 'next' ? newest : 0n;
        cursor = await openCursor(database, key, { position, epoch: lease.epoch });
      }
      if (clock.monotonicMs() >= lookAtMs) {
        cursor = await followed(cursor);
        for (let i = 0; i < dueBetweenBatches; i++) if (!(await handleDue(runtime, cursor))) break;
        const { ms, subjects } = await nextDue(database, key);
        runtime.metrics.waiting(subjects);
        lookAtMs = clock.monotonicMs() + Math.min(numbers.pollIntervalMs, ms ?? Number.POSITIVE_INFINITY);
      }
      const events = await bus.read({ source, after: cursor.position, limit: numbers.batchSize });
      const next = events[0]?.position ?? (newest ?? 0n) + 1n;
      if (hasMissed(cursor.position, next)) throw await noteMissed(database, key, { cursor, next });
      if (events.length > 0) {
        if (cursor.log === null) cursor = await followed(cursor);
        await faultPoint('consumer.before-batch');
        if (await handleBatch(runtime, { from: cursor, events })) lookAtMs = 0;
        cursor = { ...cursor, position: events.at(-1)!.position };
      }
      return events.length === numbers.batchSize ? 'more' : Math.max(0, lookAtMs - clock.monotonicMs());
    },
    failed(error) {
      // Read anew, in case that somebody has rewound the consumer.
      cursor = undefined;
      const { reason } = toPlatformError(error);
      const isLoss = reason === messagingReasons.EVENTS_MISSED.name;
      logger[isLoss ? 'error' : 'warn']('events could not be handled, trying again', { ...key, reason, error });
    },
    ended: forget,
  };
}
