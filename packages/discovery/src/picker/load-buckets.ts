/**
 * Items in buckets by load, to find the least loaded one without looking at the others.
 *
 * Each bucket is a ring of item numbers whose first is the next in turn. Loads are whole numbers from 1; a change of load
 * puts the item last into its new bucket.
 */
export interface LoadBuckets {
  /** The item of the least load whose turn it is; it becomes the last of its bucket. Undefined when there are none. */
  next(): number | undefined;
  /** Puts an item where its load belongs. */
  file(item: number, load: number): void;
}

const nobody = -1;

/**
 * Makes buckets of the items 0 to `count` - 1, all of load 1 and in turn from `first` on.
 *
 * Cost: a step is O(1), over many steps also where loads jump; memory grows with the largest load there was.
 */
export function createLoadBuckets(count: number, first: number): LoadBuckets {
  const loads = new Uint32Array(count);
  const before = new Int32Array(count);
  const after = new Int32Array(count);
  /** First item of each bucket, by load. */
  const heads: number[] = [nobody];
  let least = 1;

  const take = (item: number, load: number): void => {
    const [previous, following] = [before[item] as number, after[item] as number];
    if (following === item) {
      heads[load] = nobody;
      return;
    }
    after[previous] = following;
    before[following] = previous;
    if (heads[load] === item) heads[load] = following;
  };

  const append = (item: number, load: number): void => {
    while (heads.length <= load) heads.push(nobody);
    const head = heads[load] as number;
    if (head === nobody) {
      heads[load] = item;
      before[item] = item;
      after[item] = item;
    } else {
      const last = before[head] as number;
      after[last] = item;
      before[item] = last;
      after[item] = head;
      before[head] = item;
    }
    loads[item] = load;
    if (load < least) least = load;
  };

  for (let i = 0; i < count; i++) append((first + i) % count, 1);

  return {
    next() {
      if (count === 0) return undefined;
      while (heads[least] === nobody) least++;
      const item = heads[least] as number;
      heads[least] = after[item] as number;
      return item;
    },
    file(item, load) {
      const known = loads[item] as number;
      if (known === load) return;
      take(item, known);
      append(item, load);
    },
  };
}
