import { optionError } from '@mainstay/kernel';
import type { TransactionOptions } from './transaction.ts';

const plain: readonly string[] = ['BEGIN'];

/** The statements that begin a transaction with these options. */
export function beginTexts(options: TransactionOptions): readonly string[] {
  const { isolation, readOnly, deferrable, timeoutMs, statementTimeoutMs } = options;
  if (deferrable === true && (isolation !== 'serializable' || readOnly !== true)) {
    throw optionError('transaction.deferrable', 'used with isolation serializable and readOnly', deferrable);
  }
  let begin = 'BEGIN';
  if (isolation !== undefined) begin += ` ISOLATION LEVEL ${isolation.toUpperCase()}`;
  if (readOnly === true) begin += ' READ ONLY';
  if (deferrable === true) begin += ' DEFERRABLE';
  if (statementTimeoutMs === undefined && timeoutMs === undefined) return begin === 'BEGIN' ? plain : [begin];
  const texts = [begin];
  if (statementTimeoutMs !== undefined) texts.push(`SET LOCAL statement_timeout = ${Math.trunc(statementTimeoutMs)}`);
  if (timeoutMs !== undefined) {
    if (!(timeoutMs >= 1)) throw optionError('transaction.timeoutMs', 'a number of at least 1', timeoutMs);
    texts.push(`SET LOCAL transaction_timeout = ${Math.trunc(timeoutMs)}`);
  }
  return texts;
}
