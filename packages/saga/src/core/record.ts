// Terms: a *saga* is one run of a definition; a *step* is one forward action of it; a *stage* is a step, or several that
// run side by side; an *attempt* is one call of a step; an *undo* is the counter-action of a step; a *transition* is
// something that happened to a saga; an *entry* is what one durable write adds to its journal: one or more transitions.

import type { Executed, Retry } from '@mainstay/kernel';

/**
 * Where a saga stands.
 *
 * Moves: running → completed; running → compensating → compensated; running → compensated when there is nothing to
 * undo. `completed` and `compensated` are final.
 */
export type SagaStatus = 'running' | 'compensating' | 'completed' | 'compensated';

/** What a failed attempt said; no cause and no stack, because it is stored and shown to operators. */
export interface ErrorRecord {
  readonly reason: string;
  readonly message: string;
  readonly executed: Executed;
  readonly retry: Retry;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The undoing of one step; there from the moment the saga compensates. */
export interface UndoRecord {
  readonly status: 'pending' | 'done' | 'skipped';
  /** Attempts that failed. */
  readonly attempts: number;
  /** Not before this moment, epoch milliseconds; `Infinity` while a child saga is being undone. */
  readonly dueAtMs: number;
  readonly error: ErrorRecord | null;
  /** A person has to look; it goes on being tried. */
  readonly stuck: boolean;
}

/**
 * One step of a saga.
 *
 * Moves: pending → in_progress → completed | failed; in_progress → pending when the saga compensates before its first
 * attempt began; in_progress, completed or failed → compensated.
 */
export interface StepRecord {
  readonly name: string;
  readonly stage: number;
  readonly status: 'pending' | 'in_progress' | 'completed' | 'failed' | 'compensated';
  /** Attempts granted so far, the one that is due or running included. */
  readonly attempts: number;
  /** True once an attempt may have had an effect: it is unknown how it ended, or it is known that it ran. */
  readonly mayHaveRun: boolean;
  /** True while it is unknown how the last attempt ended; a step that can be inquired about is asked before anything else. */
  readonly isUnknown: boolean;
  /** The next attempt not before this moment, epoch milliseconds. */
  readonly dueAtMs: number;
  /** When the first attempt was granted; null while pending. */
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** The last failure; kept when a later attempt succeeds. */
  readonly error: ErrorRecord | null;
  /** A person has to look; it goes on being tried. */
  readonly stuck: boolean;
  /** The saga that this step runs; null before it was started and for all other steps. */
  readonly child: { readonly id: string; readonly end: 'completed' | 'compensated' | null } | null;
  readonly undo: UndoRecord | null;
}

/** Why a saga compensates. */
export interface SagaReason {
  /**
   * `step_failed`: a step failed for good. `retries_exhausted`: a step failed too often or for too long. `time_limit`:
   * the saga took too long. `canceled`: somebody asked for it. `by_hand`: an operator turned it round.
   */
  readonly kind: 'step_failed' | 'retries_exhausted' | 'time_limit' | 'canceled' | 'by_hand';
  /** The step that was due; null never occurs for failures. */
  readonly step: string | null;
  /** Reason of the step's error, `SAGA_TIME_LIMIT`, or what the canceler or operator said. */
  readonly reason: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An event that was sent to a saga and that no step has taken yet. */
export interface ReceivedEvent {
  readonly event: string;
  readonly payload: unknown;
}

/** Everything that decides what a saga does next. */
export interface SagaRecord {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** What the saga is about, for example an order id; part of every idempotency key. */
  readonly subject: string;
  readonly status: SagaStatus;
  /** The definition's own data; JSON. */
  readonly state: Readonly<Record<string, unknown>>;
  /** Keys of the state that are erased when the saga compensates or ends. */
  readonly secrets: readonly string[];
  /** In the order of the definition. */
  readonly steps: readonly StepRecord[];
  readonly reason: SagaReason | null;
  /** Set when somebody asked to cancel; honoured at a checkpoint before the definition's `cancelUntil`. */
  readonly cancelReason: string | null;
  /** Set when an operator asked to turn round, whatever `cancelUntil` says. */
  readonly turnReason: string | null;
  /** A person has to look: an undo, or a step that must succeed, failed too often. It goes on being retried. */
  readonly needsIntervention: boolean;
  /** Events that no step has taken yet, oldest first. */
  readonly inbox: readonly ReceivedEvent[];
  /** Requests from outside (cancellings, events, actions of operators) that this record has taken in. */
  readonly requestCount: number;
  /** The saga and step that this one is part of; null for most. */
  readonly parent: { readonly id: string; readonly step: string } | null;
  /** Trace of whoever started it, as a `traceparent` header. */
  readonly traceparent: string | null;
  readonly createdAtMs: number;
  readonly endedAtMs: number | null;
}

/** True when nothing will happen to the saga any more. */
export function isEnded(record: Pick<SagaRecord, 'status'>): boolean {
  return record.status === 'completed' || record.status === 'compensated';
}

/** The steps that are due or running; empty when all are completed. */
export function stepsUnderWay(record: Pick<SagaRecord, 'steps'>): readonly StepRecord[] {
  return record.steps.filter((step) => step.status === 'in_progress');
}
