import { Random } from '@mainstay/testing';
import type { Attack, AttackMaker } from './attack.ts';
import { garbage, mutated, slow, vanishing } from './attacks/broken-bytes.ts';
import { smuggling } from './attacks/smuggling.ts';
import { leftStream, webSocket } from './attacks/streams.ts';
import { bigBody, bigHead, chunked, longPath, pipelined, single } from './attacks/whole-requests.ts';

/** How often each kind comes, of 100. */
const shares: readonly (readonly [number, AttackMaker])[] = [
  [33, single],
  [14, mutated],
  [14, smuggling],
  [8, chunked],
  [8, pipelined],
  [7, webSocket],
  [5, leftStream],
  [4, garbage],
  [3, vanishing],
  [1, bigHead],
  [1, longPath],
  [1, bigBody],
  [1, slow],
];

/** The attack with this number of a seed, whatever was played before; the first ones are one of each kind. */
export function makeAttack(seed: number, index: number): Attack {
  // Far enough from each other that the numbers of two attacks have nothing in common.
  const random = new Random(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35));
  const first = shares[index]?.[1];
  if (first !== undefined) return first(random);
  let at = random.below(100);
  for (const [share, make] of shares) {
    if (at < share) return make(random);
    at -= share;
  }
  return single(random);
}
