import type { SqlExecutor } from '@mainstay/kernel';
import { currentStepIndex, type SagaRecord, type SagaStatus, type Transition } from '../core/record.ts';
import { recordOf, type SagaRow, sagaColumns } from './rows.ts';

/** One line of a saga's history with when and who. */
export interface StoredTransition extends Transition {
  readonly atMs: number;
  /** Runner that wrote it; null for starting and cancelling. */
  readonly owner: string | null;
  readonly epoch: number;
}

/** A saga as an operator sees it. */
export interface SagaView {
  readonly record: SagaRecord;
  readonly owner: string | null;
  /** When it may be claimed: next due time, or the end of the owner's lease. */
  readonly availableAtMs: number;
  /** Oldest first. */
  readonly history: readonly StoredTransition[];
}

/** A saga that does not get on. */
export interface StuckSaga {
  readonly id: string;
  readonly name: string;
  readonly subject: string;
  readonly status: SagaStatus;
  readonly ageMs: number;
  /** The step, or the undone step, that keeps it. */
  readonly step: string | null;
  readonly attempts: number;
  /** Last error of that step, or why the saga compensates. */
  readonly reason: string | null;
  readonly message: string | null;
  readonly owner: string | null;
  readonly needsIntervention: boolean;
  readonly dueAtMs: number;
}

/** Reads one saga with its history; undefined when there is none. */
export async function readSaga(sql: SqlExecutor, id: string): Promise<SagaView | undefined> {
  const found = await sql.query<SagaRow>(`select ${sagaColumns} from sagas where id = $1`, [id]);
  const row = found.rows[0];
  if (row === undefined) return undefined;
  const lines = await sql.query<Omit<StoredTransition, 'atMs'> & { readonly at: Date }>(
    'select at, epoch, owner, kind, step, attempt, detail from saga_transitions where saga_id = $1 order by sequence',
    [id],
  );
  return {
    record: recordOf(row),
    owner: row.owner,
    availableAtMs: row.available_at.getTime(),
    history: lines.rows.map(({ at, ...line }) => ({ ...line, atMs: at.getTime() })),
  };
}

/** Reads those of the sagas that have ended. */
export async function readEnded(sql: SqlExecutor, ids: readonly string[]): Promise<readonly SagaRecord[]> {
  const { rows } = await sql.query<SagaRow>(
    `select ${sagaColumns} from sagas where id = any($1::text[]) and ended_at is not null`,
    [ids],
  );
  return rows.map(recordOf);
}

/**
 * Lists sagas that need a person or are older than they should be, worst first.
 *
 * Cost: reads the live sagas only.
 */
export async function listStuck(
  sql: SqlExecutor,
  options: { readonly nowMs: number; readonly olderThanMs: number; readonly limit: number },
): Promise<readonly StuckSaga[]> {
  const { rows } = await sql.query<SagaRow>(
    `select ${sagaColumns} from sagas
     where ended_at is null and (needs_intervention or created_at <= $1)
     order by needs_intervention desc, created_at
     limit $2`,
    [new Date(options.nowMs - options.olderThanMs), options.limit],
  );
  return rows.map((row) => stuckSaga(row, options.nowMs));
}

function stuckSaga(row: SagaRow, nowMs: number): StuckSaga {
  const record = recordOf(row);
  const undone = record.steps
    .filter((step) => step.undo?.status === 'pending')
    .sort((a, b) => b.undo!.attempts - a.undo!.attempts)[0];
  const step = undone ?? record.steps[currentStepIndex(record)];
  const error = undone === undefined ? step?.error : undone.undo?.error;
  return {
    id: row.id,
    name: row.name,
    subject: row.subject,
    status: row.status,
    ageMs: nowMs - row.created_at.getTime(),
    step: step?.name ?? null,
    attempts: undone?.undo?.attempts ?? step?.attempts ?? 0,
    reason: error?.reason ?? row.reason?.reason ?? null,
    message: error?.message ?? row.reason?.message ?? null,
    owner: row.owner,
    needsIntervention: row.needs_intervention,
    dueAtMs: row.available_at.getTime(),
  };
}
