import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeStatusMessage } from './status-message.ts';

test('only the percent sign and what is not printable ASCII is encoded', () => {
  expect(encodeStatusMessage('a/b c?d=1&e 100 % ü\n')).toBe('a/b c?d=1&e 100 %25 %C3%BC%0A');
});

test('every sentence is printable ASCII when written, and reads back the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (sentence) => {
      const written = encodeStatusMessage(sentence);
      expect(written).toMatch(/^[\x20-\x7e]*$/);
      expect(decodeURIComponent(written)).toBe(sentence.toWellFormed());
    }),
  );
});
