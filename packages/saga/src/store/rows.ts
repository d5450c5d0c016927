import { newRecord } from '../core/apply.ts';
import { type JournalEntry, replay } from '../core/history.ts';
import type { SagaRecord } from '../core/record.ts';
import type { Transition } from '../core/transition.ts';

/** A row of `sagas` as the driver returns it. */
export interface SagaRow {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly subject: string;
  readonly status: SagaRecord['status'];
  readonly stages: string;
  readonly state: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>> | null;
  readonly parent_id: string | null;
  readonly parent_step: string | null;
  readonly traceparent: string | null;
  readonly owner: string | null;
  readonly epoch: number;
  readonly requests: number;
  readonly needs_intervention: boolean;
  readonly available_at: Date | number;
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

/** A row of `saga_journal`. */
export interface JournalRow {
  readonly saga_id: string;
  readonly sequence: number;
  readonly epoch: number;
  readonly at: Date;
  readonly transitions: readonly Transition[];
}

/** The columns of {@link SagaRow}, qualified, for `select` and `returning`. */
export const sagaColumns = [
  'id',
  'name',
  'version',
  'subject',
  'status',
  'stages',
  'state',
  'secrets',
  'parent_id',
  'parent_step',
  'traceparent',
  'owner',
  'epoch',
  'requests',
  'needs_intervention',
  'available_at',
  'created_at',
  'ended_at',
]
  .map((column) => `sagas.${column}`)
  .join(', ');

/** A saga as it began. */
export function beginningOf(row: SagaRow): SagaRecord {
  return newRecord({
    id: row.id,
    name: row.name,
    version: row.version,
    subject: row.subject,
    stages: row.stages,
    state: row.secrets === null ? row.state : { ...row.state, ...row.secrets },
    secrets: row.secrets === null ? [] : Object.keys(row.secrets),
    parent: row.parent_id === null ? null : { id: row.parent_id, step: row.parent_step ?? '' },
    traceparent: row.traceparent,
    createdAtMs: row.created_at.getTime(),
  });
}

/** An entry of a journal. */
export function entryOf({ sequence, epoch, at, transitions }: JournalRow): JournalEntry {
  return { sequence, epoch, atMs: at.getTime(), transitions };
}

/** A saga as it stands. */
export function recordOf(row: SagaRow, journal: readonly JournalRow[]): SagaRecord {
  return replay(beginningOf(row), journal.map(entryOf));
}

/** Epoch milliseconds of a `timestamptz`; the driver gives `Infinity` for one that never comes. */
export function msOf(at: Date | number): number {
  return at instanceof Date ? at.getTime() : at;
}
