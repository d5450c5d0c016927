import type { SqlExecutor } from '@mainstay/kernel';
import { type BatchParts, batchStatement } from './batch-statement.ts';
import type { SagaStart, SagaWrite } from './saga-writes.ts';

/** What goes to the database together. */
export interface Batch {
  readonly writes: readonly SagaWrite[];
  readonly starts: readonly SagaStart[];
}

/** How much of a batch was written. */
export interface BatchResult {
  /** Checkpoints that were written; when fewer than sent, ask {@link explainRefusals} which. */
  readonly appended: number;
  /** Ids of the sagas that were recorded; null for none. */
  readonly started: readonly string[] | null;
}

/** Writes checkpoints and new sagas of one owner, at least one. Cost: one statement. */
export async function commitBatch(sql: SqlExecutor, owner: string, { writes, starts }: Batch): Promise<BatchResult> {
  const moving = writes.filter(({ move }) => move !== undefined);
  const parts = { hasStarts: starts.length > 0, hasMoves: moving.length > 0, hasWrites: writes.length > 0 };
  const values = [
    ...(parts.hasStarts || parts.hasMoves ? [owner] : []),
    ...(parts.hasStarts ? startColumns(starts) : []),
    ...(parts.hasMoves ? moveColumns(moving) : []),
    ...(parts.hasWrites ? writeColumns(writes) : []),
  ];
  const { text, name } = statementFor(parts);
  const { rows } = await sql.query<BatchResult>(text, values, { prepareAs: name });
  return rows[0] ?? { appended: 0, started: null };
}

interface Statement {
  readonly name: string;
  readonly text: string;
}

const statements = new Map<string, Statement>();

function statementFor(parts: BatchParts): Statement {
  const { hasStarts, hasMoves, hasWrites } = parts;
  const name = `mainstay-saga-batch${hasStarts ? '-starts' : ''}${hasMoves ? '-moves' : ''}${hasWrites ? '-writes' : ''}`;
  let found = statements.get(name);
  if (found === undefined) statements.set(name, (found = { name, text: batchStatement(parts) }));
  return found;
}

function startColumns(starts: readonly SagaStart[]): readonly unknown[][] {
  return [
    starts.map(({ id }) => id),
    starts.map(({ name }) => name),
    starts.map(({ version }) => version),
    starts.map(({ subject }) => subject),
    starts.map(({ stages }) => stages),
    starts.map(({ state }) => JSON.stringify(state)),
    starts.map(({ secrets }) => (secrets === null ? null : JSON.stringify(secrets))),
    starts.map(({ traceparent }) => traceparent),
    starts.map(({ atMs }) => atMs),
  ];
}

function moveColumns(moving: readonly SagaWrite[]): readonly unknown[][] {
  return [
    moving.map(({ id }) => id),
    moving.map(({ epoch }) => epoch),
    moving.map(({ requests }) => requests),
    moving.map(({ move }) => move?.status),
    moving.map(({ move }) => move?.isKept),
    moving.map(({ move }) => move?.availableAtMs),
    moving.map(({ move }) => move?.needsIntervention),
    moving.map(({ move }) => move?.erasesSecrets),
    moving.map(({ atMs }) => atMs),
  ];
}

function writeColumns(writes: readonly SagaWrite[]): readonly unknown[][] {
  return [
    writes.map(({ id }) => id),
    writes.map(({ epoch }) => epoch),
    writes.map(({ requests }) => requests),
    writes.map(({ sequence }) => sequence),
    writes.map(({ atMs }) => atMs),
    writes.map(({ transitions }) => JSON.stringify(transitions)),
    writes.map(({ move }) => move !== undefined),
  ];
}
