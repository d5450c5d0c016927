import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeldParts } from './held-parts.ts';

test('pieces of 0 to 3,000 bytes come out as they went in, whenever they are taken', () => {
  const piece = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 900, maxLength: 3_000 }));
  const step = fc.oneof({ weight: 9, arbitrary: piece }, { weight: 1, arbitrary: fc.constant('take' as const) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const parts = new HeldParts();
      const taken: Uint8Array[] = [];
      for (const each of steps) {
        if (each === 'take') taken.push(parts.takeAll());
        // As of a buffer that is used for another purpose later.
        else parts.push(Buffer.from(each));
      }
      taken.push(parts.takeAll());
      const given = steps.filter((each) => each !== 'take');
      expect(Buffer.concat(taken).equals(Buffer.concat(given))).toBe(true);
      expect(parts.byteLength).toBe(0);
    }),
    { numRuns: 200 },
  );
});

test('100,000 pieces of one byte take less than 1 MB', () => {
  const parts = new HeldParts();
  const before = process.memoryUsage().arrayBuffers;

  for (let count = 0; count < 100_000; count++) parts.push(Buffer.from([count]));

  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  expect(parts.takeAll().byteLength).toBe(100_000);
});
