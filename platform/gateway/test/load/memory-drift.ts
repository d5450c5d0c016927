/** What a process held after a collection of garbage, when so many requests were answered. */
export interface MemorySample {
  readonly requests: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** How much memory grew, in parts of one. */
export interface MemoryDrift {
  readonly heap: number;
  readonly rss: number;
}

/** The beginning in which caches, connections and compiled code come to their size. */
const warmUpShare = 0.2;

/**
 * Compares the first quarter of the samples after the warm-up with the last one, by their medians, so that one odd look decides nothing.
 *
 * @returns undefined while there are fewer than eight samples after the warm-up.
 */
export function memoryDrift(samples: readonly MemorySample[]): MemoryDrift | undefined {
  const last = samples.at(-1)?.requests ?? 0;
  const warm = samples.filter(({ requests }) => requests >= last * warmUpShare);
  if (warm.length < 8) return undefined;
  const quarter = warm.length >> 2;
  const [early, late] = [warm.slice(0, quarter), warm.slice(-quarter)];
  const growth = (of: (sample: MemorySample) => number): number => median(late.map(of)) / median(early.map(of)) - 1;
  return { heap: growth(({ heapBytes }) => heapBytes), rss: growth(({ rssBytes }) => rssBytes) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
