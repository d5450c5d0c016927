import type { Clock, Logger } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import { startLoop } from '@mainstay/service';
import { createMemorySplitStore } from '../splits/memory-split-store.ts';
import { createPostgresSplitStore } from '../splits/postgres-split-store.ts';
import { SplitBook } from '../splits/split-book.ts';
import type { SplitStore } from '../splits/split-store.ts';
import { channelToPrimary } from './channel-to-primary.ts';
import { createWorkerSplitStore } from './worker-split-store.ts';

/** The record of all splits, and what is in force here. */
export interface Splits {
  readonly store: SplitStore;
  readonly book: SplitBook;
}

/** Reads all splits and takes over changes of other replicas from then on; without a database they are those of this gateway's workers. */
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
  const store = openStore(database, clock);
  const book = new SplitBook(store);
  await book.refresh();
  if (store.isShared) {
    const run = (): Promise<void> => book.refresh();
    parts.use(startLoop({ name: 'refresh of traffic splits', intervalMs: refreshMs, clock, logger, signal, run }));
  }
  return { store, book };
}

function openStore(database: Database | undefined, clock: Clock): SplitStore {
  if (database !== undefined) return createPostgresSplitStore(database);
  const channel = channelToPrimary();
  return channel === undefined ? createMemorySplitStore(clock) : createWorkerSplitStore(channel);
}
