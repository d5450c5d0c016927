import {
  type Clock,
  faultPoint,
  type HeldLease,
  type LeaseKeeper,
  type Logger,
  type Meter,
  optionError,
  type SqlExecutor,
  silentLogger,
  silentMeter,
  systemClock,
  toPlatformError,
} from '@mainstay/kernel';
import type { Bus } from '../bus/bus.ts';
import { startWorker, type Wakes, type Worker } from '../worker/worker.ts';
import { moveHorizon, noHorizon } from './horizon.ts';
import { markRelayed, outboxBacklog, readWaiting, readWriters, type WaitingEvent } from './outbox-store.ts';
import { createRelayMetrics } from './relay-metrics.ts';
import { noteLog } from './told-log.ts';

/** How {@link startRelay} is set up. */
export interface RelayOptions {
  /** Name of the service whose events these are. */
  readonly source: string;
  /** The database with the outbox; over a connection of its own, or the relay waits for one behind all that writes. One is enough. */
  readonly database: SqlExecutor;
  readonly bus: Bus;
  /** Makes one relay of a source work at a time. */
  readonly leases: LeaseKeeper;
  /** Reaches the relay from instances that do not hold its lease; without it they leave it to the next look. */
  readonly wakes?: Wakes | undefined;
  /** Events that go to the bus in one step, 1 to 10,000, default 500. */
  readonly batchSize?: number;
  /** How often it looks when nobody wakes it, in milliseconds, default 1,000. */
  readonly pollIntervalMs?: number;
  /** Default silent. */
  readonly logger?: Logger;
  /** Default silent. */
  readonly meter?: Meter;
  /** Default the machine's. */
  readonly clock?: Clock;
}

/** A running relay; woken after a commit it looks at once, in whatever instance it works. */
export type Relay = Worker;

/**
 * Carries events from an outbox to the bus for as long as it is not disposed of.
 *
 * Any number of instances may run one; the holder of the lease `relay:<source>` works. Events leave in the order in which
 * they were written and get their position on the bus: since one relay gives positions, and gives them to committed
 * events only, no earlier one can appear later. A crash between bus and mark sends a batch again, and the bus drops it.
 *
 * When the bus has begun anew, because it is another one or lost what it had, all events of the outbox are told again.
 *
 * Cost: two statements a batch, publish, and mark with the read of the next one; a read when it is woken; five each `pollIntervalMs` to look at the bus, the writers and the backlog.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for an option out of range.
 * @example
 * await using relay = startRelay({ source: 'orders', database, bus, leases });
 */
export function startRelay(options: RelayOptions): Relay {
  const { clock = systemClock, logger = silentLogger, batchSize = 500, pollIntervalMs = 1_000 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10_000) {
    throw optionError('relay.batchSize', 'an integer from 1 to 10000', batchSize);
  }
  if (!(pollIntervalMs >= 1)) throw optionError('relay.pollIntervalMs', 'a number of at least 1', pollIntervalMs);
  const { source, database, bus, leases, wakes } = options;
  const metrics = createRelayMetrics(options.meter ?? silentMeter, source);
  /** Log of the bus in which events are; undefined while it has none. */
  let log: string | undefined;
  let horizon = noHorizon;

  /** Whether events have to be told again, because the bus does not have them any more. */
  const checkLog = async (): Promise<boolean> => {
    log = await bus.logOf(source);
    const again = await noteLog(database, log);
    if (again === 0) return false;
    horizon = noHorizon;
    logger.warn('the bus has begun anew, events are told again', { source, events: again });
    return true;
  };

  /** Tells these; gives back those that wait next. */
  const relayBatch = async (lease: HeldLease, events: readonly WaitingEvent[]): Promise<readonly WaitingEvent[]> => {
    await faultPoint('relay.after-read');
    await bus.publish({ source, epoch: lease.epoch, events });
    await faultPoint('relay.after-publish');
    // Noted before the marks, or nobody would know which log they speak of.
    if (log === undefined) await checkLog();
    const next = await markRelayed(database, events, { after: horizon.sequence, limit: batchSize });
    metrics.done(events.length, clock.nowMs() - events[0]!.time.getTime());
    return next;
  };

  return startWorker({
    lease: `relay:${source}`,
    leases,
    clock,
    pollIntervalMs,
    wakes,
    begin(lease) {
      horizon = noHorizon;
      let measureAtMs = 0;
      let isLogKnown = false;
      /** Events that were seen to wait behind the last batch. */
      let seen: readonly WaitingEvent[] = [];
      return {
        async step() {
          if (!isLogKnown || clock.monotonicMs() >= measureAtMs) {
            if (await checkLog()) seen = [];
            isLogKnown = true;
          }
          const events =
            seen.length > 0 ? seen : await readWaiting(database, { after: horizon.sequence, limit: batchSize });
          seen = events.length === 0 ? [] : await relayBatch(lease, events);
          if (clock.monotonicMs() >= measureAtMs) {
            const writers = await readWriters(database);
            const backlog = await outboxBacklog(database);
            horizon = moveHorizon(horizon, { ...writers, firstWaiting: backlog.first });
            metrics.backlog(backlog);
            measureAtMs = clock.monotonicMs() + pollIntervalMs;
          }
          return seen.length > 0 ? 'more' : pollIntervalMs;
        },
        failed(error) {
          isLogKnown = false;
          horizon = noHorizon;
          seen = [];
          const { reason } = toPlatformError(error);
          logger.warn('events could not be relayed, trying again', { source, reason, error });
        },
      };
    },
  });
}
