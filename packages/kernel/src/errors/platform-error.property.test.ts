import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPlatformError, toPlatformError } from './platform-error.ts';

test('anything at all becomes a PlatformError, and stays it', () => {
  fc.assert(
    fc.property(
      fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withSparseArray: true }),
      (value) => {
        const error = toPlatformError(value);

        expect(isPlatformError(error)).toBe(true);
        expect(toPlatformError(error)).toBe(error);
      },
    ),
  );
});

test('an error whose properties throw when read still becomes a PlatformError', () => {
  const hostileNames = fc.constantFrom('name', 'message', 'cause', 'toString');
  fc.assert(
    fc.property(fc.subarray(['name', 'message', 'cause', 'toString']), hostileNames, (others, one) => {
      const error = new Error('x');
      for (const property of [...others, one]) {
        Object.defineProperty(error, property, {
          configurable: true,
          get() {
            throw new Error(`${property} may not be read`);
          },
        });
      }

      expect(toPlatformError(error).cause).toBe(error);
    }),
  );
});
