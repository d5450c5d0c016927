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
  silentLogger,
  silentMeter,
  systemClock,
  toPlatformError,
} from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { EventStore } from '../event-store/event-store.ts';
import { createFollowerMetrics, type FollowerMetrics } from './follower-metrics.ts';
import { type Projection, projectAll } from './projection.ts';
import { addReadings, lockReading, readOn, saveReading } from './reading-store.ts';

/** How projections that follow are written. */
export interface FollowOptions {
  /** Makes one instance work at a time. */
  readonly leases: LeaseKeeper;
  /** Events applied in one transaction, 1 to 10,000, default 500. */
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

/** What is followed, and by whom. */
export interface Followed {
  readonly database: Database;
  readonly store: Pick<EventStore, 'upcast'>;
  readonly projections: readonly Projection[];
}

/** A running follower. */
export interface Follower extends AsyncDisposable {
  /** Makes it look now, after a commit. */
  wake(): void;
}

/**
 * Writes projections from committed events until it is disposed of, each event once.
 *
 * Any number of instances may run one; the holder of the lease `projections` works. Its place is moved in the transaction of the
 * tables and locked meanwhile, so a holder that was paused, or was killed at any point, leaves nothing twice and
 * nothing out. An event that cannot be applied stops its projection, and no other, until code or data are mended: its
 * tables are behind then, never wrong.
 *
 * Cost: four statements and one commit a batch, besides those of the projection; two statements a look for each projection.
 */
export function startFollower(followed: Followed, options: FollowOptions): Follower {
  const { clock = systemClock, logger = silentLogger, batchSize = 500, pollIntervalMs = 1_000 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10_000) {
    throw optionError('follow.batchSize', 'an integer from 1 to 10000', batchSize);
  }
  if (!(pollIntervalMs >= 1)) throw optionError('follow.pollIntervalMs', 'a number of at least 1', pollIntervalMs);
  const metrics = createFollowerMetrics(options.meter ?? silentMeter, clock);
  const stop = new AbortController();
  let pause: Pause | undefined;

  const prepare = async (): Promise<boolean> => {
    try {
      const names = followed.projections.map(({ name }) => name);
      await addReadings(followed.database, names);
      return true;
    } catch (error) {
      logger.warn('projections cannot begin, trying again', { reason: toPlatformError(error).reason, error });
      return false;
    }
  };
  const work = async (lease: HeldLease): Promise<void> => {
    const ownPause = createPause(clock, lease.signal);
    pause = ownPause;
    let isReady = false;
    while (!lease.signal.aborted) {
      let isMore = false;
      if (!isReady) isReady = await prepare();
      for (const projection of followed.projections) {
        try {
          isMore = (await followOnce(followed, projection, { batchSize, metrics })) || isMore;
        } catch (error) {
          const { reason } = toPlatformError(error);
          logger.warn('a projection cannot go on, trying again', { projection: projection.name, reason, error });
        }
      }
      if (!isMore) await ownPause.wait(pollIntervalMs);
    }
    pause = undefined;
  };
  const ended = options.leases.run('projections', work, stop.signal);

  return {
    wake: () => pause?.cut(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

/**
 * Applies the next events to a projection.
 *
 * @returns true when there are more.
 */
async function followOnce(
  { database, store }: Followed,
  projection: Projection,
  { batchSize, metrics }: { readonly batchSize: number; readonly metrics: FollowerMetrics },
): Promise<boolean> {
  const { name } = projection;
  const project = projectAll([projection]);
  const events = await database.transaction({ name: `project ${name}` }, async (tx) => {
    const reading = await lockReading(tx, name);
    const read = await readOn(tx, reading, batchSize);
    if (read.events.length === 0 && read.next.gaps.length === reading.gaps.length) return read.events;
    await project(tx, read.events.map(store.upcast));
    await saveReading(tx, name, read.next);
    await faultPoint('projection.before-commit');
    return read.events;
  });
  metrics.applied(name, events);
  return events.length >= batchSize;
}
