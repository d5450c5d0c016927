/** Addresses of the three databases. */
export interface Databases {
  readonly service: string;
  readonly bus: string;
  readonly consumer: string;
}

/** One way from a transaction to its effect elsewhere. */
export interface EventPath {
  /** Writes events in one transaction, each with the time at which it commits, about. */
  write(count: number): Promise<void>;
  /** Begins to carry what was written; resolves once all that waits is on the bus. */
  relayAll(): Promise<void>;
  /** Begins to consume and tells the age of each event at its effect, in milliseconds. */
  consume(onEffect: (ageMs: number) => void): Promise<void>;
  close(): Promise<void>;
}
