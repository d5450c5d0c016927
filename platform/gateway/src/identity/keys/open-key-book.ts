import type { Clock, Logger } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import { startLoop } from '@mainstay/service';
import { KeyBook } from './key-book.ts';
import { createKeyStore, type KeyStore } from './key-store.ts';

/** Keys that operators manage: the record, and what is known of it here. */
export interface ManagedKeys {
  readonly store: KeyStore;
  readonly book: KeyBook;
}

/** Reads all keys and takes over changes of other replicas from then on. */
export async function openManagedKeys(
  database: Database,
  options: {
    readonly refreshMs: number;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly signal: AbortSignal;
    readonly parts: AsyncDisposableStack;
  },
): Promise<ManagedKeys> {
  const { clock, logger, signal, parts, refreshMs } = options;
  const store = createKeyStore(database);
  const book = new KeyBook(store, clock);
  await book.refresh();
  const run = (): Promise<void> => book.refresh();
  parts.use(startLoop({ name: 'refresh of API keys', intervalMs: refreshMs, clock, logger, signal, run }));
  return { store, book };
}
