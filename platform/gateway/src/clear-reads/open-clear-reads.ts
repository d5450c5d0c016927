import type { SqlExecutor } from '@mainstay/kernel';
import { type LoopOptions, startLoop } from '@mainstay/service';
import { type ClearReadStore, createClearReadStore } from './clear-read-store.ts';

/** What the record is opened with. */
export interface OpenClearReadsOptions extends Pick<LoopOptions, 'clock' | 'logger' | 'signal'> {
  /** Days after which a row is removed; 0 removes none. */
  readonly keptDays: number;
  readonly parts: AsyncDisposableStack;
}

const hourMs = 3_600_000;
/** Short statements, so that nobody waits long for what they lock. */
const limit = 1_000;

/** Opens the record in the gateway's database, and removes from it each hour what is too old. */
export function openClearReads(sql: SqlExecutor, options: OpenClearReadsOptions): ClearReadStore {
  const { keptDays, parts, ...loop } = options;
  const store = createClearReadStore(sql);
  if (keptDays === 0) return store;
  const run = async () => ((await store.forget(keptDays, limit)) === limit ? 'again' : undefined);
  parts.use(startLoop({ ...loop, name: 'removal of old clear reads', intervalMs: hourMs, run }));
  return store;
}
