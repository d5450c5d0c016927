// The model-based test of sagas in its long form: runs until at least the given number of steps of the state machine
// (default 1,000,000) was made, and prints the seed that repeats it.
//
//   npm run model -w @mainstay/saga -- [steps] [seed]
import fc from 'fast-check';
import { simulate } from './simulation.ts';
import { definition, happening } from './world.ts';

const wanted = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
process.stdout.write(`seed ${seed}\n`);
let steps = 0;
for (let round = 0; steps < wanted; round++) {
  fc.assert(
    fc.property(definition, fc.array(happening, { maxLength: 200, size: 'max' }), (saga, happenings) => {
      steps += simulate(saga, happenings);
    }),
    { numRuns: 2_000, seed: seed + round },
  );
  if (round % 10 === 9) process.stdout.write(`${Math.min(steps, wanted)} of ${wanted} steps\n`);
}
process.stdout.write(`${steps} steps, none that the model forbids\n`);
