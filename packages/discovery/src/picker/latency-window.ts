/** Times of the last one to two minutes, as counts in buckets that are 19 % apart. */
export interface LatencyWindow {
  record(ms: number, nowMs: number): void;
  /** @returns milliseconds, within 10 %; undefined when nothing was recorded lately. */
  quantile(share: number, nowMs: number): number | undefined;
}

const windowMs = 60_000;
const smallestMs = 0.01;
const bucketsPerDoubling = 4;
/** Reaches 167 s; longer ones count as that. */
const bucketCount = 97;

/**
 * Makes an empty window.
 *
 * Cost: 776 bytes; recording is one logarithm.
 */
export function createLatencyWindow(): LatencyWindow {
  let current = new Uint32Array(bucketCount);
  let previous = new Uint32Array(bucketCount);
  let startedAtMs = Number.NEGATIVE_INFINITY;

  const turn = (nowMs: number): void => {
    const ageMs = nowMs - startedAtMs;
    if (ageMs < windowMs) return;
    [previous, current] = [current, previous];
    current.fill(0);
    if (ageMs >= 2 * windowMs) previous.fill(0);
    startedAtMs = nowMs;
  };

  return {
    record(ms, nowMs) {
      turn(nowMs);
      const bucket = ms <= smallestMs ? 0 : Math.ceil(Math.log2(ms / smallestMs) * bucketsPerDoubling);
      const index = Math.min(bucketCount - 1, bucket);
      current[index] = (current[index] as number) + 1;
    },
    quantile(share, nowMs) {
      turn(nowMs);
      let total = 0;
      for (let i = 0; i < bucketCount; i++) total += (current[i] as number) + (previous[i] as number);
      if (total === 0) return undefined;
      let rest = Math.max(1, Math.ceil(share * total));
      for (let i = 0; i < bucketCount; i++) {
        rest -= (current[i] as number) + (previous[i] as number);
        if (rest <= 0) return smallestMs * 2 ** ((i - 0.5) / bucketsPerDoubling);
      }
      return undefined;
    },
  };
}
