import type { ErrorRecord, SagaReason, SagaRecord, StepRecord } from './record.ts';

/** What somebody outside asked of a saga; each becomes one transition when the runner takes it in. */
export type RequestTransition =
  | { readonly kind: 'cancel_requested'; readonly reason: string }
  | { readonly kind: 'event_received'; readonly event: string; readonly payload: unknown }
  | {
      readonly kind: 'child_ended';
      readonly step: string;
      readonly end: 'completed' | 'compensated';
      readonly reason: SagaReason | null;
      /** The child's state as it was sent. */
      readonly state?: Readonly<Record<string, unknown>>;
      /** What it changes in the parent's state, as it stands in the parent's journal. */
      readonly patch?: object;
    }
  | OperatorTransition;

/** What an operator asked of a saga; who and why stand in it. */
export type OperatorTransition =
  | { readonly kind: 'retried_by_hand'; readonly actor: string; readonly reason: string }
  | { readonly kind: 'skipped_by_hand'; readonly step: string; readonly actor: string; readonly reason: string }
  | { readonly kind: 'turned_by_hand'; readonly actor: string; readonly reason: string }
  | {
      readonly kind: 'resolved_by_hand';
      readonly end: 'completed' | 'compensated';
      readonly actor: string;
      readonly reason: string;
    };

/**
 * Something that happened to a saga, as it stands in its journal.
 *
 * Shape: a transition carries what was decided (due times, what is to be undone), so that reading a journal gives the
 * record that its writer had, whatever the definition says by then.
 */
export type Transition =
  | { readonly kind: 'claimed'; readonly owner: string }
  | { readonly kind: 'taken_over'; readonly owner: string; readonly from: string }
  | { readonly kind: 'released' }
  | {
      readonly kind: 'step_completed';
      readonly step: string;
      readonly patch?: object;
      /** The event that it took. */
      readonly event?: string;
      /** The participant said so. */
      readonly inquired?: true;
    }
  /** Without `dueAtMs` the step has failed for good. */
  | {
      readonly kind: 'step_failed';
      readonly step: string;
      readonly error: ErrorRecord;
      readonly dueAtMs?: number;
      readonly stuck?: true;
    }
  | { readonly kind: 'step_interrupted'; readonly step: string }
  /** The participant says that the attempt did not happen. */
  | { readonly kind: 'step_not_done'; readonly step: string }
  | { readonly kind: 'child_started'; readonly step: string; readonly child: string }
  | { readonly kind: 'compensating'; readonly reason: SagaReason; readonly undo: readonly string[] }
  | { readonly kind: 'undo_completed'; readonly step: string; readonly patch?: object }
  /** The child saga was told to undo itself; its end ends this undo. */
  | { readonly kind: 'undo_asked'; readonly step: string }
  | {
      readonly kind: 'undo_failed';
      readonly step: string;
      readonly error: ErrorRecord;
      readonly dueAtMs: number;
      readonly stuck?: true;
    }
  | { readonly kind: 'completed' }
  | { readonly kind: 'compensated' }
  | {
      readonly kind: 'migrated';
      readonly from: number;
      readonly to: number;
      readonly by: string;
      readonly state: SagaRecord['state'];
      readonly steps: readonly StepRecord[];
    }
  | RequestTransition;
