import type { ClearReadStore } from '../clear-reads/clear-read-store.ts';

/** Most that the page shows; the table has all. */
const shownCount = 200;

/** Who was shown personal data in the clear, for the management port; `kept` is false when the log alone has it. */
export async function showClearReads(store: ClearReadStore | undefined): Promise<object> {
  if (store === undefined) return { kept: false, clear_reads: [] };
  const reads = await store.latest(shownCount);
  return {
    kept: true,
    clear_reads: reads.map(({ at, userId, traceId, ...read }) => ({
      at: at.toISOString(),
      user_id: userId,
      ...read,
      trace_id: traceId,
    })),
  };
}
