import { isPlatformError, uuidv7 } from '@mainstay/kernel';
import { type Fault, withFault } from '@mainstay/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { atOnce, move, useTwoAccounts } from './two-accounts.ts';

const accounts = useTwoAccounts();
const points = ['before-prepare', 'after-prepare', 'before-decision', 'after-decision', 'before-end', 'after-end'];

const pause = fc.record({ point: fc.constantFrom(...points), at: fc.integer({ min: 1, max: 3 }) });
const step = fc.oneof(fc.constant('recover' as const), fc.nat(2));

/** How a transfer ended for who asked for it. */
async function endOf(moving: Promise<void>): Promise<string> {
  return moving.then(
    () => 'committed',
    (error: unknown) => (isPlatformError(error) ? error.reason : 'ERROR'),
  );
}

test('whatever 3 coordinators stand still at, and however recovery comes between, each transfer is in both or in neither, as its caller was told', async () => {
  const books = await accounts.open();
  const recovery = await accounts.open(atOnce);
  const ends = new Set<string>();

  const play = async (pauses: readonly { point: string; at: number }[], steps: readonly ('recover' | number)[]) => {
    const ids = [uuidv7(), uuidv7(), uuidv7()];
    for (const id of ids) await accounts.begin(id);
    const faults: readonly Fault[] = pauses.map(({ point, at }) => withFault(`two-phase.${point}`, { at }));
    const moving = ids.map((id) => endOf(move(books, id)));
    const all = Promise.all(moving);
    // Each goes on until it ends or stands still; only those that stand can be overtaken.
    await Promise.race([all, ...faults.map(({ reached }) => reached)]);
    for (const next of steps) {
      if (next === 'recover') await recovery.recoverOnce();
      else faults[next]?.release();
    }
    for (const fault of faults) fault[Symbol.dispose]();
    const told = await all;
    while ((await accounts.preparedCount()) > 0) await recovery.recoverOnce();
    for (const [place, id] of ids.entries()) {
      ends.add(told[place]!);
      const moved = told[place] === 'committed';
      expect(moved || told[place] === 'TWO_PHASE_ABANDONED').toBe(true);
      expect(await accounts.balance(id)).toEqual(moved ? { east: 7n, west: 13n } : { east: 10n, west: 10n });
    }
  };
  await fc.assert(
    fc.asyncProperty(fc.array(pause, { minLength: 1, maxLength: 3 }), fc.array(step, { maxLength: 6 }), play),
    { numRuns: 40, examples: [[[{ point: 'before-decision', at: 1 }], ['recover']]] },
  );
  expect([...ends].sort()).toEqual(['TWO_PHASE_ABANDONED', 'committed']);
});
