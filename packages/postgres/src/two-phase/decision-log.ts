import type { Database } from '../database/database.ts';
import type { Outcome } from './resolution.ts';

/** The durable decisions of one coordinator. */
export interface DecisionLog {
  /**
   * Makes an outcome the decision, unless there is one.
   *
   * One statement that is committed when it returns; the primary key lets one of two win.
   *
   * @returns the decision that stands.
   */
  decide(id: string, outcome: Outcome): Promise<Outcome>;
  /** The decisions of these transactions; those without one are not in it. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, Outcome>>;
  /** Removes old decisions, but for those of transactions that still stand prepared; at most 1,000. */
  forget(olderThanMs: number, except: readonly string[]): Promise<void>;
}

/** Makes the log; its table is in `twoPhaseMigrations`. */
export function createDecisionLog(database: Database, coordinator: string): DecisionLog {
  const read: DecisionLog['read'] = async (ids) => {
    if (ids.length === 0) return new Map();
    const { rows } = await database.query<{ id: string; outcome: Outcome }>(
      'SELECT id, outcome FROM two_phase_decisions WHERE id = ANY($1::uuid[])',
      [ids],
    );
    return new Map(rows.map(({ id, outcome }) => [id, outcome]));
  };
  return {
    async decide(id, outcome) {
      // Read committed: who meets the row of another waits for its commit, adds none, and then reads it.
      const { rowCount } = await database.query(
        `INSERT INTO two_phase_decisions (id, coordinator, outcome) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO NOTHING`,
        [id, coordinator, outcome],
        { prepareAs: 'mainstay-two-phase-decide' },
      );
      if (rowCount === 1) return outcome;
      return (await read([id])).get(id) ?? 'abort';
    },
    read,
    async forget(olderThanMs, except) {
      await database.query(
        `DELETE FROM two_phase_decisions WHERE id IN (
           SELECT id FROM two_phase_decisions
           WHERE coordinator = $1 AND decided_at < now() - $2 * interval '1 millisecond' AND NOT id = ANY($3::uuid[])
           ORDER BY decided_at LIMIT 1000)`,
        [coordinator, olderThanMs, except],
      );
    },
  };
}
