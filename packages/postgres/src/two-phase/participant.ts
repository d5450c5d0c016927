import { faultPoint, PlatformError } from '@mainstay/kernel';
import type { Database } from '../database/database.ts';
import { postgresReasons as reasons } from '../errors.ts';
import { sqlStateOf } from '../sql-error.ts';
import type { Scope } from '../transaction/scope.ts';
import type { Transaction } from '../transaction/transaction.ts';
import { formatPreparedName, type PreparedName, parsePreparedName } from './prepared-name.ts';
import type { Outcome } from './resolution.ts';

/** A transaction that stands prepared in a participant. */
export interface PreparedTransaction extends PreparedName {
  readonly preparedName: string;
  /** Since it was prepared, by the clock of its server. */
  readonly ageMs: number;
}

/** What a transaction over several databases does in one of them: no hooks, because its end is not the end of the whole. */
export type TwoPhaseTransaction = Pick<Transaction, 'query' | 'kysely' | 'copyIn'>;

const noSuchPrepared = '42704';

/** Refuses a server on which nothing can be prepared, before anything depends on it. */
export async function requirePreparing(name: string, database: Database): Promise<void> {
  const { rows } = await database.query<{ allowed: number }>(
    `SELECT current_setting('max_prepared_transactions')::int AS allowed`,
  );
  if (rows[0]!.allowed > 0) return;
  throw new PlatformError(
    reasons.TWO_PHASE_UNAVAILABLE,
    `participant ${name} cannot prepare transactions: set max_prepared_transactions of its server to more than 0 and restart it`,
  );
}

/**
 * Runs a function in a transaction that ends prepared instead of committed: it survives its connection, its client and its server.
 *
 * PREPARE and the COMMIT behind it, which finds nothing to commit, go to the server together with nothing in between.
 */
export async function prepare<T>(
  database: Database,
  name: PreparedName & { readonly timeoutMs: number },
  run: (tx: TwoPhaseTransaction) => Promise<T>,
): Promise<T> {
  const options = {
    name: `two-phase-${name.coordinator}`,
    propagation: 'requires_new',
    timeoutMs: name.timeoutMs,
  } as const;
  let answer = '';
  const result = await database.transaction(options, async (tx) => {
    const ran = await run(tx);
    await faultPoint('two-phase.before-prepare');
    const text = `PREPARE TRANSACTION '${formatPreparedName(name)}'`;
    (tx as Scope).last = { text, values: [], onAnswer: ({ command }) => void (answer = command) };
    return ran;
  });
  // A transaction whose statement had failed is rolled back by PREPARE, without an error.
  if (answer !== 'PREPARE') {
    throw new PlatformError(
      reasons.DATABASE_TRANSACTION_FAILED,
      `participant ${name.participant} was rolled back: one of its statements had failed and the function went on`,
    );
  }
  return result;
}

/**
 * Ends a prepared transaction; one that is not there was ended by somebody else.
 *
 * @returns whether it was there.
 */
export async function endPrepared(database: Database, name: PreparedName, outcome: Outcome): Promise<boolean> {
  const verb = outcome === 'commit' ? 'COMMIT' : 'ROLLBACK';
  try {
    // The semicolon makes it go alone, outside of any block: it is refused in one.
    await database.query(`${verb} PREPARED '${formatPreparedName(name)}';`);
    return true;
  } catch (error) {
    if (sqlStateOf(error) === noSuchPrepared) return false;
    throw error;
  }
}

/** Finds what a coordinator has left prepared in this database, oldest first. */
export async function listPrepared(database: Database, coordinator: string): Promise<readonly PreparedTransaction[]> {
  const { rows } = await database.query<{ gid: string; age_ms: number }>(
    `SELECT gid, (extract(epoch FROM clock_timestamp() - prepared) * 1000)::float8 AS age_ms
     FROM pg_prepared_xacts WHERE database = current_database() AND starts_with(gid, $1) ORDER BY prepared`,
    [`mainstay:${coordinator}:`],
  );
  return rows.flatMap(({ gid, age_ms: ageMs }) => {
    const name = parsePreparedName(gid);
    return name === undefined ? [] : [{ ...name, preparedName: gid, ageMs }];
  });
}
