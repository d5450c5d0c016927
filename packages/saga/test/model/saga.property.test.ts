import fc from 'fast-check';
import { test } from 'vitest';
import { simulate } from './simulation.ts';
import { definition, happening } from './world.ts';

test('whatever fails, crashes or is asked, a saga does nothing that the model forbids, ends whole, and its journal tells all', () => {
  fc.assert(
    fc.property(definition, fc.array(happening, { maxLength: 80 }), (saga, happenings) => {
      simulate(saga, happenings);
    }),
    { numRuns: 1_000 },
  );
});
