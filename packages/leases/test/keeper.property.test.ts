import fc from 'fast-check';
import { expect, test } from 'vitest';
import { disturb, holdersOf, Process, World } from './simulation.ts';

// Long form: MAINSTAY_MODEL_STEPS=1000000 npx vitest run packages/leases/test/keeper.property.test.ts
const totalSteps = Number(process.env['MAINSTAY_MODEL_STEPS'] ?? 20_000);
const ttlMs = 1_000;

test(`in ${totalSteps} steps of three processes that are paused and cut off, no two work at once and no old epoch writes`, async () => {
  const seed = Number(process.env['MAINSTAY_MODEL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`seed ${seed}\n`);
  const sum = { steps: 0, accepted: 0, refused: 0, epochs: 0 };

  while (sum.steps < totalSteps) {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 - 1 }), async (worldSeed) => {
        const world = new World(worldSeed);
        await live(world);
        sum.steps += world.stepCount;
        sum.accepted += world.acceptedCount;
        sum.refused += world.refusedCount;
        sum.epochs += world.model.rows.get('relay')?.epoch ?? 0;
      }),
      { seed: seed + sum.steps, numRuns: 10 },
    );
  }

  process.stdout.write(`${JSON.stringify(sum)}\n`);
  expect(sum.accepted).toBeGreaterThan(totalSteps / 20);
  expect(sum.refused).toBeGreaterThan(totalSteps / 5_000);
  expect(sum.epochs).toBeGreaterThan(totalSteps / 500);
}, 3_600_000);

async function live(world: World): Promise<void> {
  const processes = ['p', 'q', 'r'].map((owner) => new Process(world, owner, ttlMs));
  const stop = new AbortController();
  const running = processes.map((one) => one.start(stop.signal));

  for (let turn = 0; turn < 60; turn++) {
    await world.time.advance(world.random() * 600);
    disturb(world, processes);
  }

  // Once nothing goes wrong any more, one of them holds the lease within its time, and all end when told to.
  world.isCalm = true;
  for (const one of processes) one.resume();
  await world.time.advance(3_000 + 2 * ttlMs);
  expect(holdersOf(processes)).toHaveLength(1);
  stop.abort();
  await world.time.advance(10_000);
  await Promise.all(running);
  expect(holdersOf(processes)).toEqual([]);
  expect(world.time.pendingCount).toBe(0);
  expect(world.found).toEqual([]);
}
