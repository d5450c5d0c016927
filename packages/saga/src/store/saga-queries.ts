import type { SqlExecutor } from '@mainstay/kernel';
import { type HistoryLine, historyOf, replay } from '../core/history.ts';
import { type SagaRecord, type SagaStatus, stepsUnderWay } from '../core/record.ts';
import { readJournals } from './claim.ts';
import { readRequests } from './requests.ts';
import { beginningOf, entryOf, msOf, recordOf, type SagaRow, sagaColumns } from './rows.ts';

/** A saga as an operator sees it. */
export interface SagaView {
  readonly record: SagaRecord;
  readonly owner: string | null;
  /** When it may be claimed, unless its owner lives: the next due time; `Infinity` when it waits for a request. */
  readonly availableAtMs: number;
  /** Oldest first. */
  readonly history: readonly HistoryLine[];
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

/** Reads one saga with its history, and what was asked of it and not taken in yet; undefined when there is none. */
export async function readSaga(sql: SqlExecutor, id: string): Promise<SagaView | undefined> {
  const found = await sql.query<SagaRow>(`select ${sagaColumns} from sagas where id = $1`, [id]);
  const row = found.rows[0];
  if (row === undefined) return undefined;
  const beginning = beginningOf(row);
  const written = ((await readJournals(sql, [id])).get(id) ?? []).map(entryOf);
  const asked = await readRequests(sql, id, replay(beginning, written).requestCount);
  const pending = asked.map(({ at, transition }) => ({
    sequence: 0,
    epoch: row.epoch,
    atMs: at.getTime(),
    transitions: [transition],
  }));
  const journal = [...written, ...pending];
  return {
    record: replay(beginning, journal),
    owner: row.owner,
    availableAtMs: msOf(row.available_at),
    history: historyOf(beginning, journal),
  };
}

/** Reads those of the sagas that have ended. */
export async function readEnded(sql: SqlExecutor, ids: readonly string[]): Promise<readonly SagaRecord[]> {
  const { rows } = await sql.query<SagaRow>(
    `select ${sagaColumns} from sagas where id = any($1::text[]) and ended_at is not null`,
    [ids],
    { prepareAs: 'mainstay-saga-ended' },
  );
  return await recordsOf(sql, rows);
}

/**
 * Lists sagas that need a person or are older than they should be, worst first.
 *
 * Cost: reads the live sagas, and the journals of those listed.
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
  const records = await recordsOf(sql, rows);
  return rows.map((row, index) => stuckSaga(row, records[index]!, options.nowMs));
}

async function recordsOf(sql: SqlExecutor, rows: readonly SagaRow[]): Promise<readonly SagaRecord[]> {
  if (rows.length === 0) return [];
  const journals = await readJournals(
    sql,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => recordOf(row, journals.get(row.id) ?? []));
}

function stuckSaga(row: SagaRow, record: SagaRecord, nowMs: number): StuckSaga {
  const undone = record.steps
    .filter((step) => step.undo?.status === 'pending')
    .sort((a, b) => b.undo!.attempts - a.undo!.attempts)[0];
  const underWay = stepsUnderWay(record);
  const step = undone ?? underWay.find(({ stuck }) => stuck) ?? underWay[0];
  const error = undone === undefined ? step?.error : undone.undo?.error;
  return {
    id: row.id,
    name: row.name,
    subject: row.subject,
    status: row.status,
    ageMs: nowMs - row.created_at.getTime(),
    step: step?.name ?? null,
    attempts: undone?.undo?.attempts ?? step?.attempts ?? 0,
    reason: error?.reason ?? record.reason?.reason ?? null,
    message: error?.message ?? record.reason?.message ?? null,
    owner: row.owner,
    needsIntervention: row.needs_intervention,
    dueAtMs: msOf(row.available_at),
  };
}
