// Terms: a *saga* is one run of a definition; a *step* is one forward action of it; an *attempt* is one call of a step;
// an *undo* is the counter-action of a step; a *checkpoint* is the durable write after an attempt.

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
  readonly status: 'pending' | 'done';
  /** Attempts that failed. */
  readonly attempts: number;
  /** Not before this moment, epoch milliseconds. */
  readonly dueAtMs: number;
  readonly error: ErrorRecord | null;
}

/**
 * One step of a saga.
 *
 * Moves: pending → in_progress → completed | failed; in_progress → pending when the saga compensates before its first
 * attempt began; in_progress, completed or failed → compensated.
 */
export interface StepRecord {
  readonly name: string;
  readonly status: 'pending' | 'in_progress' | 'completed' | 'failed' | 'compensated';
  /** Attempts granted so far, the one that is due or running included. */
  readonly attempts: number;
  /** True once an attempt may have had an effect: it is unknown how it ended, or it is known that it ran. */
  readonly mayHaveRun: boolean;
  /** The next attempt not before this moment, epoch milliseconds. */
  readonly dueAtMs: number;
  /** When the first attempt was granted; null while pending. */
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** The last failure; kept when a later attempt succeeds. */
  readonly error: ErrorRecord | null;
  readonly undo: UndoRecord | null;
}

/** Why a saga compensates. */
export interface SagaReason {
  /**
   * `step_failed`: a step failed for good. `retries_exhausted`: a step failed too often or for too long. `time_limit`:
   * the saga took too long. `canceled`: somebody asked for it.
   */
  readonly kind: 'step_failed' | 'retries_exhausted' | 'time_limit' | 'canceled';
  /** The step that was due; null never occurs for failures. */
  readonly step: string | null;
  /** Reason of the step's error, `SAGA_TIME_LIMIT`, or what the canceler said. */
  readonly reason: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
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
  /** In the order of the definition. */
  readonly steps: readonly StepRecord[];
  readonly reason: SagaReason | null;
  /** Set when somebody asked to cancel; honoured at a checkpoint before the definition's `cancelUntil`. */
  readonly cancelReason: string | null;
  /** A person has to look: an undo, or a step that must succeed, failed too often. It goes on being retried. */
  readonly needsIntervention: boolean;
  /** No forward attempt begins after this moment, epoch milliseconds. */
  readonly deadlineAtMs: number;
  /** Trace of whoever started it, as a `traceparent` header. */
  readonly traceparent: string | null;
  readonly createdAtMs: number;
  readonly endedAtMs: number | null;
}

/** One line of a saga's history; written in the statement that makes it true. */
export interface Transition {
  readonly kind:
    | 'started'
    | 'step_started'
    | 'step_completed'
    | 'step_failed'
    | 'step_interrupted'
    | 'step_withdrawn'
    | 'compensating'
    | 'undo_completed'
    | 'undo_failed'
    | 'completed'
    | 'compensated'
    | 'taken_over'
    | 'cancel_requested'
    | 'released';
  readonly step: string | null;
  readonly attempt: number | null;
  /** Reason, message and due time of failures; empty otherwise. Never the saga's state. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A record after a change, and what the change adds to the history. */
export interface Change {
  readonly record: SagaRecord;
  readonly transitions: readonly Transition[];
}

/** True when nothing will happen to the saga any more. */
export function isEnded(record: Pick<SagaRecord, 'status'>): boolean {
  return record.status === 'completed' || record.status === 'compensated';
}

/** Index of the step that is due or running; -1 when all are completed. */
export function currentStepIndex(record: Pick<SagaRecord, 'steps'>): number {
  return record.steps.findIndex((step) => step.status !== 'completed');
}
