import { PlatformError } from '@mainstay/kernel';
import { withContext } from '@mainstay/kernel/context';
import { postgresReasons as reasons } from '../errors.ts';
import type { TransactionHost, TransactionRun } from './run-transaction.ts';
import { commitsOn, partFailed, Scope } from './scope.ts';

/** Runs a part of an open transaction that can be undone alone; parts of one transaction run one after another. */
export async function runSavepoint<T>(host: TransactionHost, work: TransactionRun<T>, around: Scope): Promise<T> {
  return await around.oneAtATime((savepoint) => {
    const scope = new Scope({
      ...host,
      name: work.options.name ?? 'savepoint',
      outer: work.outer,
      isolation: around.isolation,
      run: (statement) => around.run(statement),
    });
    return runBetween(scope, work, { around, savepoint });
  });
}

interface Place {
  readonly around: Scope;
  readonly savepoint: string;
}

async function runBetween<T>(
  scope: Scope,
  { run, options }: TransactionRun<T>,
  { around, savepoint }: Place,
): Promise<T> {
  await around.query(`SAVEPOINT ${savepoint}`);
  let failure: { readonly error: unknown } | undefined;
  let result: T | undefined;
  try {
    result = await withContext({ transaction: scope }, async () => await run(scope));
  } catch (error) {
    failure = { error };
  }
  scope.close();
  const keeps = failure === undefined || commitsOn(failure.error, options.commitOn);
  if (!keeps || scope.failedPart !== undefined) {
    await undo(scope, { around, savepoint });
    throw failure === undefined ? partFailed(scope) : failure.error;
  }
  try {
    await around.query(`RELEASE SAVEPOINT ${savepoint}`);
  } catch (cause) {
    await undo(scope, { around, savepoint });
    throw new PlatformError(
      reasons.DATABASE_TRANSACTION_FAILED,
      `${scope.name} was rolled back: one of its statements had failed and the function went on`,
      { cause },
    );
  }
  scope.giveHooksTo(around, 'commit');
  if (failure !== undefined) throw failure.error;
  return result as T;
}

/** When this fails the whole transaction has: its COMMIT will say so. */
async function undo(scope: Scope, { around, savepoint }: Place): Promise<void> {
  try {
    await around.query(`ROLLBACK TO SAVEPOINT ${savepoint}; RELEASE SAVEPOINT ${savepoint}`);
    scope.giveHooksTo(around, 'rollback');
  } catch (error) {
    around.failedPart ??= { name: scope.name, error };
  }
}
