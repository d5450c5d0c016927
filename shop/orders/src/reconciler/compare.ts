import { faultPoint, type SqlExecutor, toPlatformError } from '@mainstay/kernel';
import { findDisagreements } from '../domain/disagreements.ts';
import { closeGone, type Finding, markFailed, markRepaired, noteDisagreement } from '../store/disagreements-store.ts';
import { readBooks } from './read-books.ts';
import type { Reconciling } from './reconciling.ts';
import { carryOut } from './repair.ts';

/** Where a comparison writes, and what ends it. */
export interface Comparing {
  /** Refuses writes once another instance reconciles. */
  readonly sql: SqlExecutor;
  readonly signal: AbortSignal;
}

/** Compares the books of orders, mends what has one right end, and notes the rest. */
export async function compare(work: Reconciling, subjects: readonly string[], how: Comparing): Promise<void> {
  const read = await readBooks(work, subjects, how.signal);
  const found = read.flatMap(({ subject, books }) =>
    findDisagreements(books).map((disagreement) => ({ subject, disagreement })),
  );
  for (const finding of found) await treat(work, finding, how);
  const at = new Date(work.clock.nowMs());
  await closeGone(how.sql, { subjects: read.map(({ subject }) => subject), found }, at);
  work.metrics.compared.add(read.length);
}

/** Notes a disagreement and mends it where that is safe; a repair that fails holds up no other. */
export async function treat(work: Reconciling, finding: Finding, { sql, signal }: Comparing): Promise<void> {
  const { clock, logger, metrics } = work;
  const { kind, repair, message } = finding.disagreement;
  const about = { kind, subject: finding.subject };
  if (!(await noteDisagreement(sql, finding, new Date(clock.nowMs())))) return;
  metrics.disagreements.add(1, { kind, outcome: 'found' });
  logger.warn('books disagree', { ...about, message, repair: repair ?? null });
  if (repair === undefined) return;
  try {
    await carryOut(work, { orderId: finding.subject, repair }, signal);
  } catch (error) {
    const { reason } = toPlatformError(error);
    metrics.disagreements.add(1, { kind, outcome: 'failed' });
    logger.warn('books could not be mended, trying again', { ...about, repair, reason });
    await markFailed(sql, finding, reason);
    return;
  }
  await faultPoint('reconciler.after-repair');
  metrics.disagreements.add(1, { kind, outcome: 'repaired' });
  logger.info('books mended', { ...about, repair });
  await markRepaired(sql, finding, new Date(clock.nowMs()));
}
