import type { SqlExecutor } from '@mainstay/kernel';

/** Something that a person did to a consumer's events. */
export interface InboxAction {
  readonly at: Date;
  readonly actor: string;
  readonly action: 'replay' | 'discard' | 'rewind';
  readonly why: string;
  readonly consumer: string;
  readonly source: string;
  /** Of the dead letter, or to which the consumer was sent back. */
  readonly position: bigint;
}

// Primary key from its end.
const listSql = `
select at, actor, action, why, consumer, source, position from inbox_actions order by sequence desc limit $1`;

/** Lists what people did with dead letters and consumers, the newest first. */
export async function listInboxActions(sql: SqlExecutor, limit: number): Promise<readonly InboxAction[]> {
  return (await sql.query<InboxAction>(listSql, [limit])).rows;
}
