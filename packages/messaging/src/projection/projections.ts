import { PlatformError } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import { messagingReasons } from '../errors.ts';
import type { EventStore } from '../event-store/event-store.ts';
import type { Worker } from '../worker/worker.ts';
import { type FollowOptions, startFollower } from './follower.ts';
import { type Project, type Projection, projectAll } from './projection.ts';
import { type ProjectionStatus, readStatuses } from './projection-status.ts';
import { type RebuildOptions, type Rebuilt, rebuildProjection } from './rebuild-projection.ts';

/** The projections of a database. */
export interface ProjectionsOptions {
  readonly database: Database;
  readonly store: Pick<EventStore, 'upcast'>;
  /** Written in the transaction that appends, so that what was appended can be read at once. */
  readonly inline?: readonly Projection[];
  /** Written a moment later from what is committed, so that an append does not wait for them. */
  readonly following?: readonly Projection[];
}

/** Writes, follows, shows and makes anew the projections of a database. */
export interface Projections {
  /** Writes the inline projections of events that were just appended, and wakes those that follow once they are committed. */
  readonly project: Project;
  /** Has the following projections written until it is disposed of, in one instance at a time. */
  follow(options: FollowOptions): AsyncDisposable;
  /** Every projection with how far it has come. */
  list(): Promise<readonly ProjectionStatus[]>;
  /**
   * Makes the tables of a projection anew while they go on being used; see {@link rebuildProjection}.
   *
   * @throws {@link PlatformError} `not_found` / `PROJECTION_UNKNOWN` for a name that is none of these.
   */
  rebuild(name: string, options: RebuildOptions): Promise<Rebuilt>;
}

/**
 * Declares the projections of a database over the tables of `eventStoreMigrations`.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` when a name or table occurs twice, or is no plain word.
 * @example
 * const projections = createProjections({ database, store, inline: [orderStatus], following: [salesByDay] });
 * await database.transaction(async (tx) => projections.project(tx, await store.append(tx, append)));
 */
export function createProjections(options: ProjectionsOptions): Projections {
  const { database, store, inline = [], following = [] } = options;
  const all = [...inline, ...following];
  projectAll(all);
  const projectInline = projectAll(inline);
  const followers = new Set<Worker>();
  return {
    async project(tx, events) {
      await projectInline(tx, events);
      if (followers.size > 0) tx.afterCommit(() => followers.forEach((follower) => follower.wake()));
    },
    follow(follow) {
      const follower = startFollower({ database, store, projections: following }, follow);
      followers.add(follower);
      return {
        async [Symbol.asyncDispose]() {
          followers.delete(follower);
          await follower[Symbol.asyncDispose]();
        },
      };
    },
    list: () => readStatuses(database, { inline, following }),
    async rebuild(name, rebuild) {
      const projection = all.find((one) => one.name === name);
      if (projection === undefined) throw unknownProjection(name, all);
      return await rebuildProjection({ database, store, projection, isInline: inline.includes(projection) }, rebuild);
    },
  };
}

function unknownProjection(name: string, all: readonly Projection[]): PlatformError {
  const message = `there is no projection ${name}, but ${all.map((one) => one.name).join(', ')}`;
  return new PlatformError(messagingReasons.PROJECTION_UNKNOWN, message);
}
