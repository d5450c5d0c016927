import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTraceparent, parseTraceparent } from './trace.ts';

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });

test('what is written is read back the same', () => {
  fc.assert(
    fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, sampled) => {
      fc.pre(!/^0+$/.test(traceId) && !/^0+$/.test(spanId));

      expect(parseTraceparent(formatTraceparent({ traceId, spanId, sampled }))).toEqual({ traceId, spanId, sampled });
    }),
  );
});

test('whatever a client sends, the ids that come out are well-formed and not zero', () => {
  const nearly = fc
    .tuple(hex(2), hex(32), hex(16), hex(2), fc.string())
    .map(([v, t, s, f, rest]) => `${v}-${t}-${s}-${f}${rest}`);
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string(), fc.string({ unit: 'binary' })), (header) => {
      const trace = parseTraceparent(header);
      if (trace === undefined) return;

      expect(trace.traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
      expect(trace.spanId).toMatch(/^(?!0+$)[0-9a-f]{16}$/);
    }),
  );
});
