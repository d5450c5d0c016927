import { optionError } from '@mainstay/kernel';
import { runOnReplica, runReading, type StatementPlace } from '../connection/single-statement.ts';
import type { RoutedTarget, Routing } from '../transaction/routing.ts';
import type { TransactionOptions } from '../transaction/transaction.ts';
import type { ReplicaSet } from './replica-set.ts';

const primary: RoutedTarget = Object.freeze({});

/** Makes the routing; without replicas everything runs on the primary. */
export function createRouting(replicas: ReplicaSet | undefined, place: StatementPlace): Routing {
  return {
    async run(statement) {
      if (replicas === undefined) return await runReading(place, statement);
      return await replicas.read({
        maxLagMs: undefined,
        onReplica: ({ pool }) => runOnReplica({ ...place, pool }, statement),
        onPrimary: () => runReading(place, statement),
      });
    },
    async transaction(options, attempt) {
      const { reads = 'primary' } = options;
      if (reads === 'primary') return await attempt(primary);
      requireReadOnly(options);
      if (replicas === undefined) return await attempt(primary);
      return await replicas.read({
        maxLagMs: reads === 'replica' ? undefined : reads.maxLagMs,
        onReplica: ({ pool, transactions }) => attempt({ pool, metrics: transactions }),
        onPrimary: () => attempt(primary),
      });
    },
  };
}

function requireReadOnly({ reads, readOnly, isolation }: TransactionOptions): void {
  if (readOnly !== true) throw optionError('transaction.reads', 'primary, unless readOnly is true', reads);
  if (isolation === 'serializable')
    throw optionError('transaction.reads', 'primary with isolation serializable', reads);
  if (typeof reads === 'object' && !(reads.maxLagMs >= 1)) {
    throw optionError('transaction.reads.maxLagMs', 'a number of at least 1', reads.maxLagMs);
  }
}
