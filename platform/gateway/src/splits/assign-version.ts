import { hashText, mix } from '@mainstay/discovery';
import type { VersionShare } from './split.ts';

/** Tells the version of a caller, the same at every call and in every process. */
export type AssignVersion = (key: string) => string;

/**
 * Compiles the shares of a split: a caller is a point, each version draws a time from it, and the first one wins.
 *
 * The time is exponential with the weight as its rate, so a version wins with probability weight / sum. A caller's draws for the
 * other versions do not change when one weight does: a version whose weight grows against each other one loses
 * nobody, and one that is taken out gives up its own callers alone.
 *
 * Cost: a hash of the key, and a multiplication and a logarithm for each version.
 *
 * @param versions - at least one of a weight above 0.
 * @see Rendezvous hashing with weights: Schindelhauer and Schomaker, "Weighted distributed hash tables", 2005
 */
export function compileAssignment(versions: readonly VersionShare[], seed: string): AssignVersion {
  const sharing = versions.filter(({ weight }) => weight > 0);
  const [only] = sharing;
  if (sharing.length === 1 && only !== undefined) return () => only.version;
  const seedHash = hashText(seed);
  const draws = sharing.map(({ version, weight }) => ({ version, weight, salt: mix(hashText(version) ^ seedHash) }));
  return (key) => {
    const point = hashText(key);
    let first = '';
    let firstTime = Number.POSITIVE_INFINITY;
    for (const { version, weight, salt } of draws) {
      const time = -Math.log((mix(point ^ salt) + 1) / 4_294_967_297) / weight;
      if (time >= firstTime) continue;
      first = version;
      firstTime = time;
    }
    return first;
  };
}

/** Where a caller stands on a line from 0 to below 100, independent of the version that it has. */
export function percentOf(key: string, seed: string): number {
  return (mix(hashText(key) ^ mix(hashText(seed))) / 4_294_967_296) * 100;
}
