import type { Transaction } from '@mainstay/postgres';
import type { SagaPlan } from './core/plan.ts';
import type { ReceivedEvent, SagaReason } from './core/record.ts';

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
  /** The event that the step waited for; null in other steps, and when it runs because the event did not come. */
  readonly event: ReceivedEvent | null;
  /**
   * Adds local writes to the transaction of this attempt's checkpoint: they become visible with it, or never.
   *
   * Called after the attempt succeeded; several are run in the order they were added. A row of the saga is locked
   * before they run, so a transaction that touches the same rows and asks to cancel must cancel first. The transaction
   * may be shared with the writes of other sagas, each behind a savepoint of its own.
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
  /**
   * What is repeated, beside errors that say `retry: never`, which never are: `any` (default) every failure, `not-run`
   * only those whose error says that the attempt did not run (`executed: no`), for participants that honour no key.
   */
  readonly on?: 'any' | 'not-run';
}

/** What a participant says became of an attempt. */
export interface InquiryAnswer<State extends object> {
  /** `not_done` promises that the attempt will not happen late either. */
  readonly outcome: 'done' | 'not_done';
  /** With `done`: changes of the state, as `run` would have returned them. */
  readonly patch?: Partial<State>;
}

/** What a step waits for before its action runs. */
export type WaitFor<State extends object> =
  | {
      /** Name of an event sent with `engine.send`; one that came earlier counts. */
      readonly event: string;
      /** Default 86,400,000: a day. The saga's own time limit counts too. */
      readonly timeLimitMs?: number;
      /** When the event did not come: the step fails (default), or runs with `context.event` null. */
      readonly atLimit?: 'fail' | 'run';
    }
  /** Milliseconds from the moment the step is reached. */
  | { readonly ms: number }
  /** A moment that follows from the state, epoch milliseconds. */
  | { readonly untilMs: (state: Readonly<State>) => number };

/** A saga that a step runs, and waits for. */
export interface ChildSaga<State extends object> {
  // oxlint-disable-next-line typescript/no-explicit-any -- the child has a state of its own
  readonly definition: SagaDefinition<any>;
  /** State of the child at its beginning. */
  readonly input: (state: Readonly<State>) => object;
  /** What the child is about, default the parent's subject. */
  readonly subject?: (state: Readonly<State>) => string;
  /** Changes of the parent's state from the child's at its end. */
  readonly output?: (childState: Readonly<Record<string, unknown>>) => Partial<State>;
}

/** One step of a saga. */
export interface SagaStep<State extends object> {
  /** Kebab-case verb and object, unique in the saga; part of its idempotency keys, so never renamed. */
  readonly name: string;
  /**
   * Does the step; safe to repeat with the same key. May be left out of a step that only waits or runs a saga.
   *
   * @returns changes of the state, merged into it; nothing when there are none.
   * @throws an error that says `retry: never` to undo the saga; any other is retried within the limits.
   */
  run?(state: Readonly<State>, context: StepContext): Promise<Partial<State> | void>;
  /**
   * Undoes the step's effect by a counter-action; safe to repeat, and safe when the step never ran, in which case it
   * must also block a late run. Absent: nothing to undo. Retried for ever.
   */
  compensate?(state: Readonly<State>, context: StepContext): Promise<Partial<State> | void>;
  /**
   * Asks the participant what became of an attempt whose outcome is unknown, before it is repeated or undone.
   *
   * Failures are retried like those of the step; when its limits are spent, the step is undone without an answer.
   */
  inquire?(state: Readonly<State>, context: StepContext): Promise<InquiryAnswer<State>>;
  readonly waitFor?: WaitFor<State>;
  /** The saga to run; it is undone by itself when this saga compensates. */
  readonly saga?: ChildSaga<State>;
  /** Time limit of one attempt in milliseconds, default 10,000. */
  readonly attemptTimeoutMs?: number;
  readonly retry?: StepRetryOptions;
  /** Retries every failure for ever instead of undoing the saga, default false; time limits do not apply. */
  readonly mustSucceed?: boolean;
}

/** Steps that run side by side. */
export interface ParallelSteps<State extends object> {
  readonly parallel: readonly SagaStep<State>[];
}

/** How sagas of an older version go on under this one. */
export interface SagaMigration<State extends object> {
  /** The version it takes over. */
  readonly from: number;
  /** Kebab-case, for the history. */
  readonly name: string;
  /** Makes the new state; steps keep their records by their names. Pure. */
  readonly migrate: (state: Readonly<Record<string, unknown>>) => State;
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
  readonly steps: readonly (SagaStep<State> | ParallelSteps<State>)[];
  /** Time in milliseconds after which a saga that is still going forward is undone, default 600,000. */
  readonly timeLimitMs?: number;
  /** Cancel requests are honoured until the first attempt of this step begins; absent: always. */
  readonly cancelUntil?: string;
  /** The step after which there is no way back: what follows is retried for ever. Absent: there always is one. */
  readonly pivot?: string;
  /**
   * State keys only forward steps need: given at the start, kept apart from the journal, and erased in the write that
   * sets them to null, turns the saga round or ends it.
   */
  readonly forwardSecrets?: readonly (keyof State & string)[];
  /** Older versions whose sagas go on under this one; others finish on the version they began. */
  readonly migrations?: readonly SagaMigration<State>[];
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

/** A checked definition, as {@link createSagaEngine} takes it. */
export interface SagaDefinition<State extends object = object>
  extends Omit<SagaOptions<State>, 'forwardSecrets' | 'steps'> {
  readonly version: number;
  /** All steps in their order, those side by side one after the other. */
  readonly steps: readonly SagaStep<State>[];
  /** The pure part: limits and order. */
  readonly plan: SagaPlan;
  /** Names of the steps as they are stored with each saga. */
  readonly stages: string;
}
