import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Endpoint } from '../endpoint.ts';
import { chooseEndpoints } from './choose-endpoints.ts';

const rank = { healthy: 0, degraded: 1, suspect: 2 };

const endpointLists = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 3 }),
    address: fc.constant('host:1'),
    metadata: fc.record({ version: fc.constantFrom('1', '2') }),
    weight: fc.constant(1),
    state: fc.constantFrom<Endpoint['state']>('healthy', 'degraded', 'suspect'),
  }),
  { selector: ({ id }) => id, maxLength: 8 },
);

test('the chosen are the best that match and are not aside; when all are aside, the best that match', () => {
  fc.assert(
    fc.property(
      endpointLists,
      fc.func(fc.boolean()),
      fc.constantFrom(undefined, { version: '1' }),
      (list, aside, filter) => {
        const isAside = (endpoint: Endpoint): boolean => aside(endpoint.id);
        const chosen = chooseEndpoints(list, isAside, filter);

        const matching = list.filter(({ metadata }) => filter === undefined || metadata.version === filter.version);
        const usable = matching.filter((endpoint) => !isAside(endpoint));
        const pool = usable.length > 0 ? usable : matching;
        const best = Math.min(...pool.map(({ state }) => rank[state]));
        expect(chosen).toEqual(pool.filter(({ state }) => rank[state] === best));
      },
    ),
  );
});

test('a filter on a key that an instance does not have leaves it out', () => {
  const endpoint: Endpoint = { id: 'a', address: 'h:1', metadata: {}, weight: 1, state: 'healthy' };

  expect(chooseEndpoints([endpoint], () => false, { zone: 'a' })).toEqual([]);
  expect(chooseEndpoints([endpoint], () => false, {})).toEqual([endpoint]);
});
