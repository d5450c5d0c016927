import { optionError, PlatformError, type SqlExecutor } from '@mainstay/kernel';
import { isUniqueViolation } from '@mainstay/postgres';
import { messagingReasons } from '../errors.ts';
import type { EventDraft } from '../event/cloud-event.ts';
import { createEventMaker, type EventMakerOptions } from '../event/event-maker.ts';
import { type AggregateQuery, type Loaded, loadAggregate } from './aggregate.ts';
import type { StreamEvent } from './stream-event.ts';
import { appendToStream, type NewStreamEvents, readStreamEvents } from './stream-store.ts';
import { createUpcaster, type Upcast } from './upcast.ts';

/** What is appended to a stream. */
export interface StreamAppend {
  /** For example `order:0192f3c1-…`; 1 to 200 characters. */
  readonly stream: string;
  /** Version that the decision to append was made on; 0n for a new stream. */
  readonly expectedVersion: bigint;
  readonly events: readonly EventDraft[];
  /** Who caused it, for example `customer:0192f3c1-…` or `saga`. */
  readonly actor: string;
}

/** Which events of a stream are wanted. */
export interface StreamQuery {
  readonly stream: string;
  /** Only events behind this version, default 0n. */
  readonly after?: bigint;
  /** 1 to 10,000, default 1,000. */
  readonly limit?: number;
  /** Only events that are read as one of these messages; absent means all. */
  readonly types?: readonly string[];
}

/** Which events a store keeps, and how old ones are read. */
export interface EventStoreOptions extends EventMakerOptions {
  /** How messages that are no longer written are read as newer ones, default none. */
  readonly upcasts?: readonly Upcast[];
}

/** Streams of events with optimistic concurrency. */
export interface EventStore {
  /**
   * Appends events to a stream, all or none, when it still has the expected version.
   *
   * Of two writers that decided on the same version one wins; the transaction of the other must be rolled back and its
   * decision made anew.
   *
   * Cost: one statement.
   *
   * @param tx - an open transaction, so that projections and outbox rows are written with the events.
   * @returns the events with their versions.
   * @throws {@link PlatformError} `aborted` / `EVENTS_CONFLICT` when the stream has another version; executed: no.
   * `invalid_argument` / `EVENT_INVALID` for a message that was not declared or is too large.
   */
  append(tx: SqlExecutor, append: StreamAppend): Promise<readonly StreamEvent[]>;
  /** Events of a stream in the order of their versions; empty when there are none. */
  read(sql: SqlExecutor, query: StreamQuery): Promise<readonly StreamEvent[]>;
  /**
   * Loads what a stream amounts to, from its last snapshot on, and takes a new one when many events followed it.
   *
   * Cost: two statements, and one more when a snapshot is taken.
   *
   * @param sql - a pool, or the transaction that will append.
   * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for a `snapshotEvery` below 1.
   * @example
   * const { state, version } = await store.load(tx, { aggregate: order, stream: `order:${id}` });
   */
  load<State>(sql: SqlExecutor, query: AggregateQuery<State>): Promise<Loaded<State>>;
  /** Gives a stored event under the newest message of its kind, as {@link EventStore.read} does. */
  readonly upcast: (event: StreamEvent) => StreamEvent;
}

/**
 * Makes an event store over the tables of `eventStoreMigrations`.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for a message that its contract does not make an event, or
 * upcasts that contradict each other.
 * @example
 * const store = createEventStore({ events: [OrderPlacedSchema, OrderConfirmedSchema] });
 * await database.transaction((tx) =>
 *   store.append(tx, { stream: `order:${id}`, expectedVersion: 0n, actor: 'customer', events: [tell(OrderPlacedSchema, placed)] }),
 * );
 */
export function createEventStore(options: EventStoreOptions): EventStore {
  const makeEvent = createEventMaker(options);
  const upcaster = createUpcaster(options.upcasts ?? []);

  return {
    async append(tx, { stream, expectedVersion, events: drafts, actor }) {
      if ('transaction' in tx) throw optionError('tx', 'an open transaction', 'a pool');
      if (stream.length < 1 || stream.length > 200) throw optionError('stream', '1 to 200 characters', stream);
      if (drafts.length === 0) return [];
      const events = drafts.map((draft, index) => {
        return { ...makeEvent(draft), stream, version: expectedVersion + BigInt(index + 1), actor };
      });
      if (await appended(tx, { stream, expectedVersion, events })) return events;
      const message = `stream ${stream} does not have version ${expectedVersion} any more`;
      throw new PlatformError(messagingReasons.EVENTS_CONFLICT, message);
    },
    async read(sql, { stream, after = 0n, limit = 1_000, types }) {
      if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
        throw optionError('stream.limit', 'an integer from 1 to 10000', limit);
      }
      const stored = types === undefined ? {} : { types: upcaster.stored(types) };
      return (await readStreamEvents(sql, { stream, after, limit, ...stored })).map(upcaster.read);
    },
    load: (sql, query) => loadAggregate(sql, query, upcaster),
    upcast: upcaster.read,
  };
}

async function appended(tx: SqlExecutor, append: NewStreamEvents): Promise<boolean> {
  try {
    return (await appendToStream(tx, append)) === append.events.length;
  } catch (error) {
    if (isUniqueViolation(error, 'stream_events_pkey')) return false;
    throw error;
  }
}
