import type { Balancer } from './balancer.ts';

/** Picks evenly at random; needs no state. */
export function createRandom(random: () => number): Balancer {
  return {
    pick: (endpoints) => endpoints[Math.floor(random() * endpoints.length)],
    begin: () => () => undefined,
  };
}
