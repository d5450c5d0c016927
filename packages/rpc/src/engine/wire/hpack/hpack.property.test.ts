import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HpackDecoder } from './decoder.ts';
import { HpackEncoder } from './encoder.ts';
import { decodeHuffman } from './huffman-decoder.ts';
import { encodeHuffman, huffmanBytes } from './huffman-encoder.ts';

const latin1 = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
const field = fc.record({
  way: fc.constantFrom('fixed', 'changing', 'secret'),
  name: fc.oneof(fc.constantFrom(':path', 'traceparent', 'content-type', 'x-a', 'x-b'), latin1),
  value: fc.oneof(fc.constantFrom('', '/', 'application/grpc', 'x'.repeat(300)), latin1),
});

test('every Latin-1 text comes back from its Huffman code', () => {
  fc.assert(
    fc.property(latin1, (text) => {
      const coded = Buffer.alloc(huffmanBytes(text));
      expect(encodeHuffman(text, coded, 0)).toBe(coded.length);
      const decoded = Buffer.alloc(Math.ceil((coded.length * 8) / 5));
      const end = decodeHuffman(coded, { from: 0, to: coded.length }, decoded);
      expect(decoded.toString('latin1', 0, end)).toBe(text);
    }),
  );
});

test('lists come back from any sequence of blocks, with changes of the table size in between', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.array(field, { maxLength: 8 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 8_192 }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const encoder = new HpackEncoder();
      const decoder = new HpackDecoder({ maxTableBytes: 4_096, maxListBytes: 1_000_000 });
      const into = Buffer.alloc(100_000);
      for (const fields of steps) {
        if (typeof fields === 'number') {
          encoder.setPeerTableBytes(fields);
          continue;
        }
        let end = encoder.begin(into, 0);
        for (const { way, name, value } of fields) {
          const before = end;
          end = encoder[way](into, end, [name, value]);
          expect(end - before).toBeLessThanOrEqual(HpackEncoder.roomFor(name, value));
        }
        const block = decoder.decode(into, 0, end);
        expect(block?.fields.map(({ name, value }) => [name, value])).toEqual(
          fields.map(({ name, value }) => [name, value]),
        );
        expect(decoder.tableBytes).toBeLessThanOrEqual(4_096);
      }
    }),
  );
});

test('any bytes at all are a list or a fault, and the table keeps to its 4096 bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (blocks) => {
      const decoder = new HpackDecoder({ maxTableBytes: 4_096, maxListBytes: 16_384 });
      for (const bytes of blocks) {
        const block = decoder.decode(Buffer.from(bytes), 0, bytes.length);
        expect(block === undefined).toBe(decoder.fault !== undefined);
        expect(decoder.tableBytes).toBeLessThanOrEqual(4_096);
        if (block === undefined) return;
      }
    }),
    { numRuns: 500 },
  );
});
