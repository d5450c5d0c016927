import type { SqlExecutor } from '@mainstay/kernel';
import type { Bell, Listener } from '@mainstay/postgres';
import type { Bus } from '../bus.ts';
import { logOf, newest, positionBefore, publish, read } from './bus-store.ts';

/** Channel on which a bus tells that events arrived; the payload is their source. */
export const busChannel = 'mainstay_bus';

/** How {@link createPostgresBus} is set up. */
export interface PostgresBusOptions {
  /** The database with the tables of `busMigrations`; shared by all services of a fleet. */
  readonly database: SqlExecutor;
  /** Rings on `busChannel` of that database. */
  readonly bell: Bell;
  /** Listens to that database. */
  readonly listener: Listener;
}

/**
 * Makes a bus of one PostgreSQL database.
 *
 * Cost: one statement to publish any number of events, one to read a batch.
 *
 * @example
 * const bus = createPostgresBus({ database, bell: createBell(database, busChannel), listener });
 */
export function createPostgresBus({ database, bell, listener }: PostgresBusOptions): Bus {
  return {
    async publish(publication) {
      const stored = await publish(database, publication);
      if (stored > 0) bell.ring(publication.source);
      return stored;
    },
    read: (query) => read(database, query),
    logOf: (source) => logOf(database, source),
    newest: (source) => newest(database, source),
    positionBefore: (source, time) => positionBefore(database, source, time),
    onArrival: (source, callback) =>
      listener.on(busChannel, (payload) => {
        if (payload === undefined || payload === source) callback();
      }),
  };
}
