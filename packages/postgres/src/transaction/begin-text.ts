import { optionError } from '@mainstay/kernel';
import type { TransactionOptions } from './transaction.ts';

/** The statement that begins a transaction with these options. */
export function beginText(options: TransactionOptions): string {
  const { isolation, readOnly, deferrable, timeoutMs, statementTimeoutMs } = options;
  if (deferrable === true && (isolation !== 'serializable' || readOnly !== true)) {
    throw optionError('transaction.deferrable', 'used with isolation serializable and readOnly', deferrable);
  }
  let text = 'BEGIN';
  if (isolation !== undefined) text += ` ISOLATION LEVEL ${isolation.toUpperCase()}`;
  if (readOnly === true) text += ' READ ONLY';
  if (deferrable === true) text += ' DEFERRABLE';
  if (statementTimeoutMs !== undefined) text += `; SET LOCAL statement_timeout = ${Math.trunc(statementTimeoutMs)}`;
  if (timeoutMs !== undefined) {
    if (!(timeoutMs >= 1)) throw optionError('transaction.timeoutMs', 'a number of at least 1', timeoutMs);
    text += `; SET LOCAL transaction_timeout = ${Math.trunc(timeoutMs)}`;
  }
  return text;
}
