import type { SagaStatus } from '../core/record.ts';
import type { Transition } from '../core/transition.ts';

/** What changes in a saga's row with an entry of its journal. */
export interface RowMove {
  readonly status: SagaStatus;
  /** Whether the writer goes on owning it. */
  readonly isKept: boolean;
  /** Due at this moment when it is given up, epoch milliseconds; `Infinity` when only a request goes on with it. */
  readonly availableAtMs: number;
  readonly needsIntervention: boolean;
  readonly erasesSecrets: boolean;
}

/**
 * One checkpoint: the next entry of a saga's journal.
 *
 * Refused unless `epoch` and `requests` are those of the saga's row and `sequence` is the next one. Writing it again
 * changes nothing, so one whose answer was lost is simply repeated.
 */
export interface SagaWrite {
  readonly id: string;
  readonly epoch: number;
  /** Requests that the writer has taken in. */
  readonly requests: number;
  readonly sequence: number;
  readonly atMs: number;
  readonly transitions: readonly Transition[];
  /** Absent: the row stays as it is. */
  readonly move?: RowMove;
}

/** A saga to record. */
export interface SagaStart {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly subject: string;
  readonly stages: string;
  /** Without the secrets: those keys are null in it. */
  readonly state: object;
  readonly secrets: object | null;
  readonly parent: { readonly id: string; readonly step: string } | null;
  readonly traceparent: string | null;
  /** Null: any runner may claim it. */
  readonly owner: string | null;
  readonly atMs: number;
}

/** What became of a checkpoint that was refused. */
export type Refusal =
  /** It had been written before; the answer was lost. */
  | 'written'
  /** Another runner has the saga. */
  | 'lost'
  /** There are requests that the writer has not taken in. */
  | 'news'
  /** Somebody has locked the saga's row for now. */
  | 'busy';
