import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isUuid, uuidv7 } from './ids.ts';

const instants = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const at = (ms: number): string => uuidv7({ nowMs: () => ms });

test('ids of different milliseconds sort by age, also as text', () => {
  fc.assert(
    fc.property(instants, instants, (a, b) => {
      fc.pre(a !== b);

      expect(at(a) < at(b)).toBe(a < b);
    }),
  );
});

test('the time can be read back, and the shape holds for every 48-bit instant', () => {
  fc.assert(
    fc.property(instants, (ms) => {
      const id = at(ms);

      expect(isUuid(id)).toBe(true);
      expect(id[14]).toBe('7');
      expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(ms);
    }),
  );
});
