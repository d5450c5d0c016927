import type { Clock, Logger, Meter } from '@mainstay/kernel';
import type { ReplicaOptions } from './replica-options.ts';

/** Options of `openDatabase`; none can be changed while the pool is open. */
export interface DatabaseOptions {
  /** `postgres://role:password@host:port/database`. */
  readonly url: string;
  /** Shown as `application_name` on the server and as label of metrics and log lines. */
  readonly name: string;
  /** Servers that follow this one and take reads that say so; default none: then all of them run here. */
  readonly replicas?: ReplicaOptions;
  /** Default silent. */
  readonly logger?: Logger;
  /** Default silent. */
  readonly meter?: Meter;
  /** Default the machine's. */
  readonly clock?: Clock;
  /** Most open connections, 1 or more, default 10. */
  readonly maxConnections?: number;
  /** Longest wait for a connection in milliseconds, 1 or more, default 2,000. */
  readonly acquireTimeoutMs?: number;
  /** Longest run of one statement in milliseconds, default 10,000; 0 is none. */
  readonly statementTimeoutMs?: number;
  /** The server ends a transaction that does nothing for this long, in milliseconds, default 60,000; 0 is never. */
  readonly idleInTransactionTimeoutMs?: number;
  /** A server that answers this much later than the statement time-out counts as gone, in milliseconds, default 5,000. */
  readonly answerMarginMs?: number;
  /** A connection held longer than this is logged with its holder, in milliseconds, default 10,000. */
  readonly heldTooLongMs?: number;
  /** What happens to a call to another service inside a transaction: it fails (`refuse`, default) or is logged (`warn`). */
  readonly remoteCalls?: 'refuse' | 'warn';
  /** Between 0 and 1, spreads the pauses of repeated transactions; default `Math.random`. */
  readonly random?: () => number;
  /** Closing waits this long for holders and then cuts their connections, in milliseconds, default 5,000. */
  readonly closeTimeoutMs?: number;
}
