import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeStatusMessage } from './status-message.ts';

test('every sentence is printable ASCII when written, and reads back the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (sentence) => {
      const written = encodeStatusMessage(sentence);
      expect(written).toMatch(/^[\x20-\x7e]*$/);
      expect(decodeURIComponent(written)).toBe(sentence.toWellFormed());
    }),
  );
});
