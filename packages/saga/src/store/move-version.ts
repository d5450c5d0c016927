import type { SqlExecutor } from '@mainstay/kernel';

/** Writes down that a saga goes on under another version; false when the runner has lost it. Primary key, locks the row. */
export async function moveVersion(
  tx: SqlExecutor,
  saga: { readonly id: string; readonly epoch: number; readonly version: number; readonly stages: string },
): Promise<boolean> {
  const { rowCount } = await tx.query('update sagas set version = $3, stages = $4 where id = $1 and epoch = $2', [
    saga.id,
    saga.epoch,
    saga.version,
    saga.stages,
  ]);
  return rowCount === 1;
}

/** Gives a saga back that cannot go on, for a person to look at it. Primary key, locks the row. */
export async function setAside(
  sql: SqlExecutor,
  saga: { readonly id: string; readonly epoch: number; readonly untilMs: number },
): Promise<void> {
  await sql.query(
    `update sagas set needs_intervention = true, owner = null, available_at = $3
     where id = $1 and epoch = $2 and ended_at is null`,
    [saga.id, saga.epoch, new Date(saga.untilMs)],
  );
}
