import type { BalancingPolicy } from '../policy/balancing-policy.ts';
import { createLeastConnections } from './least-connections.ts';
import { createLeastRequest } from './least-request.ts';
import { createPickFirst } from './pick-first.ts';
import type { Picker } from './picker.ts';
import { createRingHash } from './ring-hash.ts';
import { createRoundRobin } from './round-robin.ts';
import { createTurns } from './turns.ts';
import { createRandom, createWeightedRandom } from './weighted-random.ts';

/** Makes the picker of a policy. */
export function createPicker(policy: BalancingPolicy, random: () => number): Picker {
  switch (policy.policy) {
    case 'pick_first':
      return createPickFirst();
    case 'round_robin':
      return createRoundRobin();
    case 'weighted_round_robin':
      return createTurns((slot) => slot.endpoint.weight * slot.warmth);
    case 'least_request':
      return createLeastRequest(policy.leastRequest.choices, random);
    case 'least_connections':
      return createLeastConnections();
    case 'ring_hash':
      return createRingHash(policy.ringHash, random);
    case 'weighted_random':
      return createWeightedRandom(random);
    case 'random':
      return createRandom(random);
  }
}
