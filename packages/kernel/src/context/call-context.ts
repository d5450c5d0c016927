import type { Cancellation } from '../cancellation.ts';
import type { Deadline } from '../deadline.ts';
import type { SqlExecutor } from '../ports/sql-executor.ts';

/**
 * Who makes a call, as a verified token said it. Built by the runtime only, never from plain headers.
 *
 * Shape: `user` has an id; `service` has a service name and acts for nobody; `anonymous` has neither.
 * A service that calls on behalf of a user is `user` with `viaService` set.
 */
export interface Identity {
  readonly kind: 'user' | 'service' | 'anonymous';
  /** User id when `kind` is `user`. */
  readonly userId?: string;
  /** Roles of the user, for example `customer`, `admin`; empty for others. */
  readonly roles: readonly string[];
  /** The service that makes this call; absent at the gateway's own edge. */
  readonly viaService?: string;
  /** Rate-limit tier of the client, for example `free`. */
  readonly tier?: string;
  /** Tenant of the client or of the user; it goes along with every call made for them. */
  readonly tenant?: string;
}

/** The caller nobody knows. */
export const anonymousIdentity: Identity = Object.freeze({ kind: 'anonymous', roles: Object.freeze([]) });

/** W3C trace context of a call: 32 and 16 lower-case hex digits. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  readonly traceState?: string;
}

/**
 * A database transaction that is open where the code runs; made by the package that runs it.
 *
 * It stays in the process: nothing of it is sent along with a call.
 */
export interface OpenTransaction {
  /** As in logs and metrics. */
  readonly name: string;
  /** The pool it belongs to, compared by identity. */
  readonly source: object;
  /** False once it is committed or rolled back; work that was left running behind may still see it. */
  readonly isOpen: boolean;
  /** The transaction around this one, of the same or another pool. */
  readonly outer: OpenTransaction | undefined;
  /**
   * Hears of a call to another service from inside the transaction, before it is sent; `call` names it.
   *
   * @throws an error when the transaction does not stand for that, so that the call is not made.
   */
  beforeRemoteCall(call: string): void;
}

/** What a guard may do with the transaction that it guards. */
export interface GuardedTransaction extends SqlExecutor {
  afterCommit(hook: () => void): void;
  afterRollback(hook: () => void): void;
}

/** Runs first in a transaction, and fails it when the call may not write any more. */
export type TransactionGuard = (tx: GuardedTransaction) => Promise<void>;

/**
 * The one effect that a keyed call has, however often it is repeated; made by the package that keeps the keys.
 *
 * It stays in the process and ends with the handler.
 */
export interface CallEffect {
  /** Names the effect: the same in every run for one key, so that what an earlier run created is found again. A UUIDv7. */
  readonly id: string;
  /** What has to run first in a transaction of this database that the call begins; undefined for nothing. */
  guard(database: object): TransactionGuard | undefined;
  /** Resolves when it is certain that the call may have its effect; statements outside of transactions wait for it. Undefined when it is certain already. */
  certain?(): Promise<void> | undefined;
}

/**
 * How far what a call has written stands in the logs of its databases, so that a read of the call can be made to see it wherever it runs.
 *
 * It stays in the process and grows while the call runs; made by the package that writes.
 */
export interface WrittenPositions {
  /** By name of the database; undefined when nothing of the call was written there. */
  of(database: string): bigint | undefined;
  /** Tells a position; one that is lower than the known one changes nothing. */
  raise(database: string, position: bigint): void;
}

/**
 * Everything that travels with one call, across `await` and across processes.
 *
 * Fields may be getters that make their value when they are first read: copy a context with `deriveContext`, never
 * with a spread.
 */
export interface CallContext {
  readonly trace: TraceContext;
  readonly identity: Identity;
  readonly deadline?: Deadline | undefined;
  /** Aborted when the caller goes away or the deadline passes. */
  readonly signal?: AbortSignal | undefined;
  /** What `signal` comes from, for those who need no signal. */
  readonly cancellation?: Cancellation | undefined;
  /** Whose circuits and turns calls go by; of a served call the tenant of its identity, and only that one is passed on. */
  readonly tenant?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  /** The effect that a keyed call has; absent elsewhere. */
  readonly effect?: CallEffect | undefined;
  /** Seconds the caller is ready to wait for a final state (`Prefer: wait=n`, RFC 7240). */
  readonly preferWaitSeconds?: number | undefined;
  /** The innermost transaction around; absent or undefined outside of any. */
  readonly transaction?: OpenTransaction | undefined;
  /** Kept up to date by each transaction of the call; absent where nobody asked for that. */
  readonly written?: WrittenPositions | undefined;
  /** Short ids by name, for example `request-id`, that go along with every call made here and into every log line. */
  readonly baggage?: Readonly<Record<string, string>> | undefined;
  /** What serves the call, known only to the runtime that made the context. */
  readonly owner?: object | undefined;
}
