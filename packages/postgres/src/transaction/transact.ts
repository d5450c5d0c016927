import { isPlatformError, PlatformError } from '@mainstay/kernel';
import { currentContext, type OpenTransaction } from '@mainstay/kernel/context';
import type { PoolMetrics } from '../connection/pool-metrics.ts';
import { postgresReasons as reasons } from '../errors.ts';
import { decidePropagation, propagationRefused } from './propagation.ts';
import { repeatConflicts } from './repeat.ts';
import type { Routing } from './routing.ts';
import { runSavepoint } from './run-savepoint.ts';
import { runTransaction, type TransactionHost, type TransactionRun } from './run-transaction.ts';
import { commitsOn, type RunStatement, Scope } from './scope.ts';
import type { Transaction, TransactionOptions } from './transaction.ts';

/** Where a transaction may begin, be joined, or not be at all. */
export interface TransactHost extends TransactionHost {
  readonly metrics: PoolMetrics;
  readonly random: () => number;
  readonly routing: Routing;
  /** Statements outside of any transaction. */
  readonly run: RunStatement;
}

/** Runs a function in a transaction as its options and the call context say. */
export async function transact<T>(
  host: TransactHost,
  options: TransactionOptions,
  run: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const outer = currentContext()?.transaction;
  const open = findOpen(outer, host.source);
  const work: TransactionRun<T> = { options, run, outer };
  switch (decidePropagation(options.propagation ?? 'required', open !== undefined)) {
    case 'begin':
      if (options.reads === undefined) return await beginNew(host, work);
      return await host.routing.transaction(options, (target) => beginNew({ ...host, ...target }, work));
    case 'join':
      return await join(open!, work);
    case 'savepoint':
      refuseStronger(open!, options);
      return await runSavepoint(host, work, open!);
    case 'plain':
      return await runPlain(host, work);
    default:
      throw propagationRefused(options.name ?? 'transaction', open?.name);
  }
}

/** The innermost transaction of one database that is still open; one of ours, because the source is our own object. */
function findOpen(innermost: OpenTransaction | undefined, source: object): Scope | undefined {
  for (let at = innermost; at !== undefined; at = at.outer) {
    if (at.source === source && at.isOpen) return at as Scope;
  }
  return undefined;
}

async function beginNew<T>(host: TransactHost, work: TransactionRun<T>): Promise<T> {
  const { repeatable = false, name = 'transaction' } = work.options;
  if (repeatable === false) return await measured(host, work);
  return await repeatConflicts(() => measured(host, work), repeatable === true ? {} : repeatable, {
    name,
    clock: host.clock,
    random: host.random,
    onRepeat: () => host.metrics.transactionRepeated(name),
  });
}

async function measured<T>(host: TransactHost, work: TransactionRun<T>): Promise<T> {
  const { metrics, clock } = host;
  const name = work.options.name ?? 'transaction';
  const startedAtMs = clock.monotonicMs();
  try {
    const result = await runTransaction(host, work);
    metrics.transactionEnded(name, 'commit', clock.monotonicMs() - startedAtMs);
    return result;
  } catch (error) {
    const outcome = commitsOn(error, work.options.commitOn)
      ? 'commit'
      : isPlatformError(error)
        ? error.reason
        : 'ERROR';
    metrics.transactionEnded(name, outcome, clock.monotonicMs() - startedAtMs);
    throw error;
  }
}

async function join<T>(open: Scope, { options, run }: TransactionRun<T>): Promise<T> {
  refuseStronger(open, options);
  try {
    return await run(open);
  } catch (error) {
    if (!commitsOn(error, options.commitOn)) open.failedPart ??= { name: options.name ?? 'a part', error };
    throw error;
  }
}

const strength = { 'read committed': 1, 'repeatable read': 2, serializable: 3 };

function refuseStronger(open: Scope, { isolation, name = 'transaction' }: TransactionOptions): void {
  const present = open.isolation ?? 'read committed';
  if (isolation === undefined || strength[isolation] <= strength[present]) return;
  throw new PlatformError(
    reasons.DATABASE_PROPAGATION_REFUSED,
    `${name} has to be ${isolation}, and would join transaction ${open.name}, which is ${present}`,
  );
}

/** Without a transaction each statement is one of its own; hooks run when the function has ended. */
async function runPlain<T>(host: TransactHost, { options, run, outer }: TransactionRun<T>): Promise<T> {
  const name = options.name ?? 'transaction';
  const scope = new Scope({ ...host, name, outer, isolation: undefined });
  try {
    const result = await run(scope);
    scope.close();
    if (scope.last !== undefined) await host.run(scope.last);
    await scope.runHooks('commit');
    return result;
  } catch (error) {
    scope.close();
    await scope.runHooks('rollback');
    throw error;
  }
}
