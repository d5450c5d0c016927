import type { MetricLabels } from '@mainstay/kernel';

/** Value of every label of the one series that takes what is over the limit. */
const overflowValue = 'other';

/**
 * Keeps the number of label combinations of one metric bounded, whatever callers put into labels.
 *
 * The first `limit` combinations are kept as they are; all later ones share one series whose labels are `other`.
 */
export function createSeriesLimit(
  labelNames: readonly string[],
  limit: number,
): (labels: MetricLabels | undefined) => { readonly labels: Record<string, string>; readonly overflowed: boolean } {
  const known = new Set<string>();
  const other = Object.fromEntries(labelNames.map((name) => [name, overflowValue]));
  return (labels) => {
    const kept: Record<string, string> = {};
    let key = '';
    for (const name of labelNames) {
      const value = String(labels?.[name] ?? '');
      kept[name] = value;
      key += `${value.length}:${value}`;
    }
    if (known.has(key)) return { labels: kept, overflowed: false };
    if (known.size >= limit) return { labels: other, overflowed: true };
    known.add(key);
    return { labels: kept, overflowed: false };
  };
}
