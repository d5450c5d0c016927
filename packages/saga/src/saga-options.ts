import type { Transaction } from '@mainstay/postgres';
import type { SagaReason } from './core/record.ts';

/** What a step's action is given beside the state. */
export interface StepContext {
  readonly sagaId: string;
  /** What the saga is about, for example an order id. */
  readonly subject: string;
  readonly step: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /**
   * Key of this step's effect: the same for every attempt, another one for the counter-action. It is also the
   * idempotency key of the call context, so a client of ours sends it by itself.
   */
  readonly idempotencyKey: string;
  /** Aborted at the attempt's time limit, when the lease is lost, and when the runner has to stop. */
  readonly signal: AbortSignal;
  /** Why the saga compensates; null in forward steps. */
  readonly reason: SagaReason | null;
  /**
   * Adds local writes to the transaction of this attempt's checkpoint: they become visible with it, or never.
   *
   * Called after the attempt succeeded; several are run in the order they were added. A row of the saga is locked
   * before they run, so a transaction that touches the same rows and asks to cancel must cancel first.
   */
  commit(write: (tx: Transaction) => Promise<void>): void;
}

/** How failures of a step are repeated. */
export interface StepRetryOptions {
  /** Attempts before the step counts as failed, default 10; `Infinity` leaves the limit to time. */
  readonly maxAttempts?: number;
  /** Time from the first attempt after which no further one is made, default 60,000. */
  readonly timeLimitMs?: number;
  /** Pause after the first failure, default 100; doubles with each one, with jitter. */
  readonly initialDelayMs?: number;
  /** Longest pause, default 5,000. */
  readonly maxDelayMs?: number;
}

/** One step of a saga. */
export interface SagaStep<State extends object> {
  /** Kebab-case verb and object, unique in the saga; part of its idempotency keys, so never renamed. */
  readonly name: string;
  /**
   * Does the step; safe to repeat with the same key.
   *
   * @returns changes of the state, merged into it; nothing when there are none.
   * @throws an error that says `retry: never` to undo the saga; any other is retried within the limits.
   */
  run(state: Readonly<State>, context: StepContext): Promise<Partial<State> | void>;
  /**
   * Undoes the step's effect by a counter-action; safe to repeat, and safe when the step never ran, in which case it
   * must also block a late run. Absent: nothing to undo. Retried for ever.
   */
  compensate?(state: Readonly<State>, context: StepContext): Promise<Partial<State> | void>;
  /** Time limit of one attempt in milliseconds, default 10,000. */
  readonly attemptTimeoutMs?: number;
  readonly retry?: StepRetryOptions;
  /** Retries every failure for ever instead of undoing the saga, default false; time limits do not apply. */
  readonly mustSucceed?: boolean;
}

/** What a hook is told; it runs in the transaction that makes it true. */
export interface SagaEvent<State extends object> {
  readonly sagaId: string;
  readonly subject: string;
  readonly state: Readonly<State>;
  /** Why the saga compensates; null when it completed. */
  readonly reason: SagaReason | null;
  /** Set when a cancel request came too late to be honoured. */
  readonly cancelReason: string | null;
}

/** A saga as it is written down. */
export interface SagaOptions<State extends object> {
  /** Kebab-case, for ever stable. */
  readonly name: string;
  /** Raised when a change would break sagas under way; an engine may know several versions. Default 1. */
  readonly version?: number;
  /** In the order they run; at least one. */
  readonly steps: readonly SagaStep<State>[];
  /** Time in milliseconds after which a saga that is still going forward is undone, default 600,000. */
  readonly timeLimitMs?: number;
  /** Cancel requests are honoured until the first attempt of this step begins; absent: always. */
  readonly cancelUntil?: string;
  /** State keys only forward steps need: set to null in the write that turns the saga round or ends it. */
  readonly forwardSecrets?: readonly (keyof State & string)[];
  /** Failed attempts of a counter-action after which the saga is listed as needing a person, default 10. */
  readonly interventionAfterAttempts?: number;
  /** Pauses between attempts of a counter-action: 200 ms doubling to 30,000 ms by default. */
  readonly undoRetry?: { readonly initialDelayMs?: number; readonly maxDelayMs?: number };
  /** Runs in the transaction that turns the saga round; not called when there is nothing to undo. */
  onCompensating?(tx: Transaction, event: SagaEvent<State>): Promise<void>;
  /** Runs in the closing transaction of a saga whose steps all succeeded. */
  onCompleted?(tx: Transaction, event: SagaEvent<State>): Promise<void>;
  /** Runs in the closing transaction of a saga that is undone. */
  onFailed?(tx: Transaction, event: SagaEvent<State>): Promise<void>;
}
