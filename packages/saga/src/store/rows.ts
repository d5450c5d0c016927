import type { SagaReason, SagaRecord, StepRecord } from '../core/record.ts';

/** A row of `sagas` as the driver returns it. */
export interface SagaRow {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly subject: string;
  readonly status: SagaRecord['status'];
  readonly state: SagaRecord['state'];
  readonly steps: readonly StepRecord[];
  readonly reason: SagaReason | null;
  readonly cancel_reason: string | null;
  readonly needs_intervention: boolean;
  readonly available_at: Date;
  readonly owner: string | null;
  readonly epoch: number;
  readonly deadline_at: Date;
  readonly traceparent: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly ended_at: Date | null;
}

/** The columns of {@link SagaRow}, qualified, for `select` and `returning`. */
export const sagaColumns = [
  'id',
  'name',
  'version',
  'subject',
  'status',
  'state',
  'steps',
  'reason',
  'cancel_reason',
  'needs_intervention',
  'available_at',
  'owner',
  'epoch',
  'deadline_at',
  'traceparent',
  'created_at',
  'updated_at',
  'ended_at',
]
  .map((column) => `sagas.${column}`)
  .join(', ');

/** A row as the decisions read it. */
export function recordOf(row: SagaRow): SagaRecord {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    subject: row.subject,
    status: row.status,
    state: row.state,
    steps: row.steps,
    reason: row.reason,
    cancelReason: row.cancel_reason,
    needsIntervention: row.needs_intervention,
    deadlineAtMs: row.deadline_at.getTime(),
    traceparent: row.traceparent,
    createdAtMs: row.created_at.getTime(),
    endedAtMs: row.ended_at?.getTime() ?? null,
  };
}
