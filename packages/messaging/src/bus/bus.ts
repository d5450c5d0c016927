import type { CloudEvent, PublishedEvent } from '../event/cloud-event.ts';

/** Where events of one source are appended, by one relay at a time. */
export interface Publication {
  readonly source: string;
  /** Epoch of the relay's lease: once a later one has published, this one can write nothing. */
  readonly epoch: number;
  /** In the order in which they are to be told. */
  readonly events: readonly CloudEvent[];
}

/** Which events a reader wants. */
export interface BusQuery {
  readonly source: string;
  /** Only events behind this one; 0n is all. */
  readonly after: bigint;
  readonly limit: number;
}

/**
 * Carries events from the outbox of one service to the consumers of others.
 *
 * Events of a source have one order, which all consumers see; an event is stored once, however often it is published.
 */
export interface Bus {
  /**
   * Appends events that are not there yet.
   *
   * @returns how many were new.
   * @throws {@link PlatformError} `aborted` / `RELAY_SUPERSEDED` when a later epoch has published; executed: no.
   */
  publish(publication: Publication): Promise<number>;
  /** Events in the order of their positions, none left out; empty when there are no more. */
  read(query: BusQuery): Promise<readonly PublishedEvent[]>;
  /**
   * Name of the log that has the events of a source; undefined when it told nothing.
   *
   * It is another one when the log was begun anew, with position 1: because the bus is another one, or lost what it had.
   */
  logOf(source: string): Promise<string | undefined>;
  /** Position of the newest event of a source; 0n when it told nothing. */
  newest(source: string): Promise<bigint>;
  /** Position in front of the first event of a source that happened at `time` or later; that of the newest one when there is none. */
  positionBefore(source: string, time: Date): Promise<bigint>;
  /** Calls back soon after events of a source arrived; may be late or miss some, so a slow look stands behind it. */
  onArrival(source: string, callback: () => void): () => void;
}
