import type { Clock, Logger } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import { startLoop } from '@mainstay/service';
import { createMemorySplitStore } from './memory-split-store.ts';
import { createPostgresSplitStore } from './postgres-split-store.ts';
import { SplitBook } from './split-book.ts';
import type { SplitStore } from './split-store.ts';

/** The record of all splits, and what is in force here. */
export interface Splits {
  readonly store: SplitStore;
  readonly book: SplitBook;
}

/** Reads all splits and takes over changes of other replicas from then on; without a database they are this process' alone. */
export async function openSplits(
  database: Database | undefined,
  options: {
    readonly refreshMs: number;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly signal: AbortSignal;
    readonly parts: AsyncDisposableStack;
  },
): Promise<Splits> {
  const { clock, logger, signal, parts, refreshMs } = options;
  const store = database === undefined ? createMemorySplitStore(clock) : createPostgresSplitStore(database);
  const book = new SplitBook(store);
  await book.refresh();
  if (store.isShared) {
    const run = (): Promise<void> => book.refresh();
    parts.use(startLoop({ name: 'refresh of traffic splits', intervalMs: refreshMs, clock, logger, signal, run }));
  }
  return { store, book };
}
