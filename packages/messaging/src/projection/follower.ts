import {
  type Clock,
  faultPoint,
  type LeaseKeeper,
  type Logger,
  type Meter,
  optionError,
  silentLogger,
  silentMeter,
  systemClock,
  toPlatformError,
} from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { EventStore } from '../event-store/event-store.ts';
import type { StoredEvent } from '../event-store/stream-store.ts';
import { createProgressMetrics, type ProgressMetrics } from '../worker/progress-metrics.ts';
import { startWorker, type Wakes, type Worker } from '../worker/worker.ts';
import { type Projection, projectAll } from './projection.ts';
import { addReadings, lockReading, readOn, saveReading } from './reading-store.ts';

/** How projections that follow are written. */
export interface FollowOptions {
  /** Makes one instance work at a time. */
  readonly leases: LeaseKeeper;
  /** Reaches the instance that works from those that append; without it they leave it to the next look. */
  readonly wakes?: Wakes | undefined;
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
export function startFollower(followed: Followed, options: FollowOptions): Worker {
  const { clock = systemClock, logger = silentLogger, batchSize = 500, pollIntervalMs = 1_000 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10_000) {
    throw optionError('follow.batchSize', 'an integer from 1 to 10000', batchSize);
  }
  if (!(pollIntervalMs >= 1)) throw optionError('follow.pollIntervalMs', 'a number of at least 1', pollIntervalMs);
  const { database, projections } = followed;
  const meter = options.meter ?? silentMeter;
  const paths = projections.map((projection) => ({ projection, metrics: createMetrics(meter, projection) }));

  return startWorker({
    lease: 'projections',
    leases: options.leases,
    clock,
    pollIntervalMs,
    wakes: options.wakes,
    begin() {
      let isReady = false;
      return {
        async step() {
          let isMore = false;
          if (!isReady)
            await addReadings(
              database,
              projections.map(({ name }) => name),
            );
          isReady = true;
          for (const { projection, metrics } of paths) {
            try {
              const events = await followOnce(followed, projection, batchSize);
              const last = events.at(-1);
              if (last !== undefined) metrics.done(events.length, clock.nowMs() - last.time.getTime());
              isMore ||= events.length >= batchSize;
            } catch (error) {
              const { reason } = toPlatformError(error);
              logger.warn('a projection cannot go on, trying again', { projection: projection.name, reason, error });
            }
          }
          return isMore ? 'more' : pollIntervalMs;
        },
        failed(error) {
          logger.warn('projections cannot begin, trying again', { reason: toPlatformError(error).reason, error });
        },
      };
    },
  });
}

function createMetrics(meter: Meter, { name }: Projection): ProgressMetrics {
  return createProgressMetrics(
    meter,
    { projection: name },
    {
      counter: {
        name: 'mainstay.projection.applied',
        description: 'Events applied to a projection that follows, also those it takes nothing from',
      },
      delay: {
        name: 'mainstay.projection.delay',
        description: 'Age of the newest event of a batch when the projection has it',
      },
    },
  );
}

/** Applies the next events to a projection. */
async function followOnce(
  { database, store }: Followed,
  projection: Projection,
  batchSize: number,
): Promise<readonly StoredEvent[]> {
  const { name } = projection;
  const project = projectAll([projection]);
  return await database.transaction({ name: `project ${name}` }, async (tx) => {
    const reading = await lockReading(tx, name);
    const { events, next } = await readOn(tx, reading, batchSize);
    if (events.length === 0 && next.gaps.length === reading.gaps.length) return events;
    await project(tx, events.map(store.upcast));
    await saveReading(tx, name, next);
    await faultPoint('projection.before-commit');
    return events;
  });
}
