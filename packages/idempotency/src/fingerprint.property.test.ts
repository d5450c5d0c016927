import { create, fromBinary, fromJson, toBinary, toJson } from '@bufbuild/protobuf';
import { RegisterRequestSchema } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { CreateOrderRequestSchema } from '@mainstay/contracts/orders/v1/orders';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fingerprintMessage } from './fingerprint.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const order = fc
  .record({
    items: fc.array(fc.record({ productId: text, quantity: fc.integer({ min: -5, max: 5 }) }), { maxLength: 4 }),
    paymentMethod: fc.record({ token: text }),
  })
  .map((init) => create(CreateOrderRequestSchema, init));

test('a request has the same fingerprint as itself sent through JSON or through protobuf', () => {
  fc.assert(
    fc.property(order, (request) => {
      const own = hex(fingerprintMessage(CreateOrderRequestSchema, request));
      const json = fromJson(CreateOrderRequestSchema, toJson(CreateOrderRequestSchema, request));
      const binary = fromBinary(CreateOrderRequestSchema, toBinary(CreateOrderRequestSchema, request));
      expect(hex(fingerprintMessage(CreateOrderRequestSchema, json))).toBe(own);
      expect(hex(fingerprintMessage(CreateOrderRequestSchema, binary))).toBe(own);
    }),
  );
});

test('two requests have the same fingerprint exactly when their encodings are equal', () => {
  fc.assert(
    fc.property(order, order, (a, b) => {
      const same = hex(toBinary(CreateOrderRequestSchema, a)) === hex(toBinary(CreateOrderRequestSchema, b));
      const equal =
        hex(fingerprintMessage(CreateOrderRequestSchema, a)) === hex(fingerprintMessage(CreateOrderRequestSchema, b));
      expect(equal).toBe(same);
    }),
  );
});

test('the order in which entries were put into a map does not matter, and the message stays as it was', () => {
  const entries = fc.uniqueArray(fc.tuple(text, text), { selector: ([key]) => key, minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(entries, (pairs) => {
      const forwards = create(RegisterRequestSchema, { instance: { metadata: Object.fromEntries(pairs) } });
      const backwards = create(RegisterRequestSchema, {
        instance: { metadata: Object.fromEntries(pairs.toReversed()) },
      });
      const before = Object.keys(backwards.instance?.metadata ?? {});
      expect(hex(fingerprintMessage(RegisterRequestSchema, forwards))).toBe(
        hex(fingerprintMessage(RegisterRequestSchema, backwards)),
      );
      expect(Object.keys(backwards.instance?.metadata ?? {})).toEqual(before);
    }),
  );
});

test('two types with equal bytes have different fingerprints, and a fingerprint has 32 bytes', () => {
  const a = fingerprintMessage(CreateOrderRequestSchema, create(CreateOrderRequestSchema));
  const b = fingerprintMessage(RegisterRequestSchema, create(RegisterRequestSchema));
  expect(hex(a)).not.toBe(hex(b));
  expect(a).toHaveLength(32);
});
