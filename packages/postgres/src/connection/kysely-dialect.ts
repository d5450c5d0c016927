import { optionError, type SqlExecutor } from '@mainstay/kernel';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';

/**
 * Makes a typed query builder that runs its statements through one of our executors, so that errors, limits and metrics are the same.
 *
 * Transactions are started with our own `transaction`, never with the builder's: one way, one set of guarantees.
 */
export function kyselyOn(executor: SqlExecutor): Kysely<unknown> {
  return new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driverOn(executor),
      createIntrospector: (database) => new PostgresIntrospector(database),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

function driverOn(executor: SqlExecutor): Driver {
  const connection: DatabaseConnection = {
    async executeQuery<Row>(compiled: CompiledQuery): Promise<QueryResult<Row>> {
      const { rows, rowCount } = await executor.query(compiled.sql, compiled.parameters);
      return { rows: [...rows] as Row[], numAffectedRows: BigInt(rowCount) };
    },
    streamQuery(): never {
      throw optionError('kysely', 'used without stream()', 'stream');
    },
  };
  const refuse = async (): Promise<never> => {
    throw optionError('kysely', 'used without transaction(); call transaction of the database', 'transaction');
  };
  const nothing = async (): Promise<void> => undefined;
  return {
    init: nothing,
    acquireConnection: async () => connection,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: nothing,
    destroy: nothing,
  };
}
