/** Differences that are counted at most; more say nothing more. */
const mostDifferences = 1_000;
/** Longer answers are only compared as a whole. */
const longestText = 262_144;

/**
 * Counts the values in which two answers differ: fields that one of them lacks, other values, items more or less.
 *
 * @param ignored - names of fields that are left out at any depth, such as times.
 * @returns 0 for answers that say the same; at most 1,000.
 */
export function countDifferences(one: string, other: string, ignored: ReadonlySet<string>): number {
  if (one === other) return 0;
  if (one.length + other.length > longestText) return 1;
  return differences(JSON.parse(one), JSON.parse(other), { ignored, left: mostDifferences });
}

interface Counting {
  readonly ignored: ReadonlySet<string>;
  left: number;
}

function differences(one: unknown, other: unknown, counting: Counting): number {
  if (one === other || counting.left <= 0) return 0;
  if (!isParent(one) || !isParent(other) || Array.isArray(one) !== Array.isArray(other)) {
    counting.left -= 1;
    return 1;
  }
  let count = 0;
  for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
    if (!counting.ignored.has(name)) count += differences(one[name], other[name], counting);
  }
  return count;
}

/** An object, or a list, whose items go by their places. */
function isParent(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
