import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { type Recorded, record } from './record.ts';
import { playSession } from './session.ts';

let recorded: Recorded;
beforeAll(async () => {
  recorded = await record();
});

test('300 changed sessions leave no stream, handler, call or timer behind, and are answered in HTTP/2', async () => {
  let frames = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(2 ** 31 - 1), async (seed) => {
      frames += (await playSession(recorded, seed)).frames;
    }),
    { numRuns: 300 },
  );
  expect(frames).toBeGreaterThan(1_000);
});

// Sessions that once found something.
test.for<[seed: number, what: string]>([
  [48, 'a stream that was reset before its handler ran was counted down twice'],
  [337, 'details of an error that are no base64 crashed the caller'],
])('session %i: %s', async ([seed]) => {
  await playSession(recorded, seed);
});
