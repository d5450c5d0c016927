import { create, type JsonValue, toJson } from '@bufbuild/protobuf';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonWriter } from './json-writer.ts';

const text = (json: JsonValue): string => JSON.stringify(json);

/** Nanoseconds that show three, six and nine digits, and those around a limit. */
const nanos = fc.oneof(
  fc.integer({ min: 0, max: 999 }).map((millis) => millis * 1_000_000),
  fc.integer({ min: 0, max: 999_999 }).map((micros) => micros * 1_000),
  fc.integer({ min: 0, max: 999_999_999 }),
);
const timeSeconds = fc.oneof(
  fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }),
  fc.constantFrom(-62_135_596_800, 253_402_300_799, -1, 0, 86_399, 86_400, 951_782_400, 4_107_542_400),
);

test('times of the years 1 to 9999 are written as the reference writes them, whatever day came before', () => {
  fc.assert(
    fc.property(timeSeconds, nanos, (seconds, fraction) => {
      const message = create(TimestampSchema, { seconds: BigInt(seconds), nanos: fraction });
      expect(jsonWriter(TimestampSchema)(message)).toBe(text(toJson(TimestampSchema, message)));
    }),
    { numRuns: 500 },
  );
});

test('durations up to 10,000 years either way are written as the reference writes them', () => {
  const seconds = fc.oneof(fc.integer({ min: 0, max: 315_576_000_000 }), fc.constantFrom(0, 1, 315_576_000_000));
  fc.assert(
    fc.property(seconds, nanos, fc.constantFrom(1, -1), (whole, fraction, sign) => {
      const message = create(DurationSchema, { seconds: BigInt(whole * sign), nanos: fraction * sign });
      expect(jsonWriter(DurationSchema)(message)).toBe(text(toJson(DurationSchema, message)));
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['a time before the year 1', TimestampSchema, { seconds: -62_135_596_801n }],
  ['a time after the year 9999', TimestampSchema, { seconds: 253_402_300_800n }],
  ['a time of a second and more nanoseconds', TimestampSchema, { nanos: 1_000_000_000 }],
  ['a time of negative nanoseconds', TimestampSchema, { nanos: -1 }],
  ['a duration of two signs', DurationSchema, { seconds: 1n, nanos: -1 }],
  ['a duration over 10,000 years', DurationSchema, { seconds: 315_576_000_001n }],
  ['a duration of a second and more nanoseconds', DurationSchema, { nanos: 1_000_000_000 }],
] as const)('%s is left to the reference, which refuses it', (_name, desc, values) => {
  const message = create(desc, values);

  expect(jsonWriter(desc)(message)).toBeUndefined();
  expect(() => toJson(desc, message)).toThrow(/cannot encode message|Invalid count value/);
});
