import type { CircuitBreakers } from '@mainstay/resilience';
import type { ServiceBinding } from '@mainstay/rpc';
import type { ConsumerDeclaration } from './declarations.ts';
import type { KeyedMethods } from './keyed-methods.ts';
import type { OperatedProjections, OperatedSagas } from './operated-service.ts';
import type { StuckSource } from './stuck-source.ts';

/** What `start` of a service hands to its host. */
export interface RunningService {
  /** What it answers over gRPC and, to services in the same host, in process. Empty or absent: nothing. */
  readonly bindings?: readonly ServiceBinding[];
  /** How its keyed methods work, where they are more than a transaction each; their database needs `leaseMigrations` and `idempotencyMigrations`. */
  readonly keyed?: KeyedMethods;
  /** What it does with the events of others; needs a database with `leaseMigrations` and `inboxMigrations`. */
  readonly consumers?: readonly ConsumerDeclaration[];
  /** Its saga engine, for operators; needs a database. */
  readonly sagas?: OperatedSagas;
  /** The tables that follow from its events, for operators; needs a database. */
  readonly projections?: OperatedProjections;
  /** Further kinds of work that may get stuck, for the operators' list; needs a database. */
  readonly stuck?: readonly StuckSource[];
  /** URL of a listener of its own, for example the gateway's HTTP face; told to whoever started the process. */
  readonly address?: string;
  /** Pages of the management port, by the name that follows `/<service>/`; answered as JSON. */
  readonly pages?: Readonly<Record<string, () => unknown>>;
  /** What operators may do at `/<service>/<name>` of the management port, with a `POST` of JSON. */
  readonly actions?: Readonly<Record<string, (body: unknown) => object | Promise<object>>>;
  /** Circuits that operators may see and force at `/circuits` of the management port. */
  readonly circuits?: CircuitBreakers;
  /**
   * Puts another configuration in force while requests run; what is not reloadable in it is as it was.
   *
   * @throws {@link PlatformError} what refuses the configuration; then all of it must be as before.
   */
  reload?(config: never): void;
  /**
   * Stops taking new work and resolves when the running work is done; called at the start of a drain, beside the
   * draining of gRPC calls, within the same limit.
   */
  drain?(): Promise<void>;
  /** Ends the rest, for example background loops; the database is still open. Called once, after the drain. */
  [Symbol.asyncDispose]?(): Promise<void>;
}
