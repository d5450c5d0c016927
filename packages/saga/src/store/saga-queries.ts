import type { SqlExecutor } from '@mainstay/kernel';
import { type HistoryLine, historyOf, replay } from '../core/history.ts';
import type { SagaRecord } from '../core/record.ts';
import { readJournals } from './claim.ts';
import { readRequests } from './requests.ts';
import { beginningOf, entryOf, msOf, recordOf, type SagaRow, sagaColumns } from './rows.ts';

/** A saga as an operator sees it. */
export interface SagaView {
  readonly record: SagaRecord;
  readonly owner: string | null;
  /** When it may be claimed, unless its owner lives: the next due time; `Infinity` when it waits for a request. */
  readonly availableAtMs: number;
  /** A person has to look; also true of one that was set aside, of which its journal says nothing. */
  readonly needsIntervention: boolean;
  /** Oldest first. */
  readonly history: readonly HistoryLine[];
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
    needsIntervention: row.needs_intervention,
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

async function recordsOf(sql: SqlExecutor, rows: readonly SagaRow[]): Promise<readonly SagaRecord[]> {
  if (rows.length === 0) return [];
  const journals = await readJournals(
    sql,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => recordOf(row, journals.get(row.id) ?? []));
}
