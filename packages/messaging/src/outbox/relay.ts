import {
  type Clock,
  createPause,
  faultPoint,
  type HeldLease,
  type LeaseKeeper,
  type Logger,
  type Meter,
  optionError,
  type Pause,
  type SqlExecutor,
  silentLogger,
  silentMeter,
  systemClock,
  toPlatformError,
} from '@mainstay/kernel';
import type { Bus } from '../bus/bus.ts';
import { markRelayed, outboxBacklog, readWaiting } from './outbox-store.ts';
import { createRelayMetrics } from './relay-metrics.ts';
import { noteLog } from './told-log.ts';

/** How {@link startRelay} is set up. */
export interface RelayOptions {
  /** Name of the service whose events these are. */
  readonly source: string;
  /** The database with the outbox. */
  readonly database: SqlExecutor;
  readonly bus: Bus;
  /** Makes one relay of a source work at a time. */
  readonly leases: LeaseKeeper;
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

/** A running relay; disposing ends it after the batch in hand. */
export interface Relay extends AsyncDisposable {
  /**
   * Makes it look now, after a commit.
   *
   * @returns false when another instance holds the lease; then that one has to be told, or finds the events at its next look.
   */
  wake(): boolean;
}

/**
 * Carries events from an outbox to the bus for as long as it is not disposed of.
 *
 * Any number of instances may run one; the holder of the lease `relay:<source>` works. Events leave in the order in which
 * they were written and get their position on the bus: since one relay gives positions, and gives them to committed
 * events only, no earlier one can appear later. A crash between bus and mark sends a batch again, and the bus drops it.
 *
 * When the bus has begun anew, because it is another one or lost what it had, all events of the outbox are told again.
 *
 * Cost: three statements a batch: read, publish, mark; three each `pollIntervalMs` to look at the bus and the backlog.
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
  const { source, database, bus } = options;
  const metrics = createRelayMetrics(options.meter ?? silentMeter, source);
  const stop = new AbortController();
  let pause: Pause | undefined;
  /** Log of the bus in which events are; undefined while it has none. */
  let log: string | undefined;

  /** Whether events have to be told again, because the bus does not have them any more. */
  const checkLog = async (): Promise<boolean> => {
    log = await bus.logOf(source);
    const again = await noteLog(database, log);
    if (again > 0) logger.warn('the bus has begun anew, events are told again', { source, events: again });
    return again > 0;
  };

  const relayBatch = async (lease: HeldLease): Promise<number> => {
    const events = await readWaiting(database, batchSize);
    if (events.length === 0) return 0;
    await faultPoint('relay.after-read');
    await bus.publish({ source, epoch: lease.epoch, events });
    await faultPoint('relay.after-publish');
    // Noted before the marks, or nobody would know which log they speak of.
    if (log === undefined) await checkLog();
    await markRelayed(database, events);
    metrics.relayed(events.length, clock.nowMs() - events[0]!.time.getTime());
    return events.length;
  };

  const work = async (lease: HeldLease): Promise<void> => {
    const ownPause = createPause(clock, lease.signal);
    pause = ownPause;
    let measureAtMs = 0;
    let isLogKnown = false;
    while (!lease.signal.aborted) {
      try {
        if (!isLogKnown) await checkLog();
        isLogKnown = true;
        if ((await relayBatch(lease)) === batchSize) continue;
        if (clock.monotonicMs() >= measureAtMs) {
          if (await checkLog()) continue;
          metrics.backlog(await outboxBacklog(database));
          measureAtMs = clock.monotonicMs() + pollIntervalMs;
        }
      } catch (error) {
        isLogKnown = false;
        const { reason } = toPlatformError(error);
        logger.warn('events could not be relayed, trying again', { source, reason, error });
      }
      await ownPause.wait(pollIntervalMs);
    }
    pause = undefined;
  };
  const ended = options.leases.run(`relay:${source}`, work, stop.signal);

  return {
    wake() {
      pause?.cut();
      return pause !== undefined;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}
