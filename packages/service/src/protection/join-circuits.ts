import { optionError } from '@mainstay/kernel';
import type { CircuitBreakers } from '@mainstay/resilience';

/**
 * Shows the circuits of several services as one: a name belongs to the service that it begins with.
 *
 * `get` throws `invalid_argument` / `OPTION_INVALID` for a name of none of them.
 */
export function joinCircuits(byService: ReadonlyMap<string, CircuitBreakers>): CircuitBreakers {
  return {
    get(key) {
      const service = typeof key === 'string' ? (key.split('/')[0] ?? '') : key.service;
      const circuits = byService.get(service);
      if (circuits !== undefined) return circuits.get(key);
      throw optionError('circuit', `of ${[...byService.keys()].join(' or ')}`, service);
    },
    all: () => [...byService.values()].flatMap((circuits) => circuits.all()),
  };
}
