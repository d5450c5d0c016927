/** Draws indexes by weight in constant time. */
export interface AliasTable {
  /** @param chance - in [0, 1). */
  draw(chance: number): number;
}

/**
 * Prepares weights for drawing.
 *
 * @param weights - above 0.
 * @see Vose, "A linear algorithm for generating random numbers with a given distribution" (1991).
 */
export function createAliasTable(weights: readonly number[]): AliasTable {
  const count = weights.length;
  if (weights.every((weight) => weight === weights[0])) return { draw: (chance) => Math.floor(chance * count) };

  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const share = Float64Array.from(weights, (weight) => (weight * count) / total);
  const alias = new Uint32Array(count);
  const small: number[] = [];
  const large: number[] = [];
  share.forEach((value, i) => void (value < 1 ? small : large).push(i));
  for (let low = small.pop(), high = large.at(-1); low !== undefined && high !== undefined; high = large.at(-1)) {
    alias[low] = high;
    share[high] = (share[high] as number) + (share[low] as number) - 1;
    if ((share[high] as number) < 1) small.push(large.pop() as number);
    low = small.pop();
  }
  // What is left is 1 but for rounding.
  for (const i of [...small, ...large]) alias[i] = i;
  return {
    draw(chance) {
      const scaled = chance * count;
      const index = Math.floor(scaled);
      return scaled - index < (share[index] as number) ? index : (alias[index] as number);
    },
  };
}
