import { deepStrictEqual } from 'node:assert';
import { type DescMessage, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import { binaryCodec } from '@mainstay/codec';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCovered } from '../src/binary/coverage.ts';
import { GeneratedCodec } from '../src/binary/generated-codec.ts';
import { damaged, nearlyMessage } from './arbitrary-bytes.ts';
import { arbitraryMessage } from './arbitrary-message.ts';
import { contractMessages } from './contract-messages.ts';
import { covered } from './odd/covered.ts';
import { editionCovered, leftOut } from './odd/left-out.ts';

const odd = [...covered.values(), ...editionCovered];
/** The odd ones have every kind of field, so they are tried more often. */
const cases = [
  ...contractMessages.map((desc) => [desc.typeName, desc, 5] as const),
  ...odd.map((desc) => [desc.typeName, desc, 60] as const),
];

const bytesOf = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('hex');

/** What a reader makes of some bytes: the message, or how it refuses them. */
function outcome(read: (bytes: Uint8Array) => Message, bytes: Uint8Array): unknown {
  try {
    return read(bytes);
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

function expectSameReading(desc: DescMessage, bytes: Uint8Array): void {
  const codec = binaryCodec(desc);
  const expected = outcome((wire) => fromBinary(desc, wire), bytes);
  deepStrictEqual(
    outcome((wire) => codec.read(wire), bytes),
    expected,
  );
}

describe.each(cases)('%s', (_name, desc, numRuns) => {
  test('is of the kinds that functions are made for', () => {
    expect(isCovered(desc)).toBe(true);
  });

  test('is written to the same bytes as the reference writes, by its own function', () => {
    const generated = new GeneratedCodec(desc);
    fc.assert(
      fc.property(arbitraryMessage(desc), (message) => {
        expect(bytesOf(generated.tryWrite(message))).toBe(bytesOf(toBinary(desc, message)));
      }),
      { numRuns },
    );
  });

  test('is read to the same message as the reference reads, by its own function', () => {
    const generated = new GeneratedCodec(desc);
    fc.assert(
      fc.property(arbitraryMessage(desc), (message) => {
        const bytes = toBinary(desc, message);
        const expected = fromBinary(desc, bytes);
        const read = generated.tryRead(bytes);
        deepStrictEqual(read, expected);
        expect(Object.keys(read!).sort()).toEqual(Object.keys(expected).sort());
      }),
      { numRuns },
    );
  });

  test('is refused or read as the reference does after its bytes were damaged', () => {
    fc.assert(
      fc.property(damaged(desc, arbitraryMessage(desc)), (bytes) => expectSameReading(desc, bytes)),
      { numRuns: numRuns * 3 },
    );
  });

  test('is refused or read as the reference does when its fields have any wire type, length and number', () => {
    fc.assert(
      fc.property(nearlyMessage(desc), (bytes) => expectSameReading(desc, bytes)),
      { numRuns: numRuns * 3 },
    );
  });
});

test.each(leftOut.map((desc) => [desc.typeName, desc] as const))('%s is left to the reference', (_name, desc) => {
  expect(isCovered(desc)).toBe(false);
  fc.assert(
    fc.property(nearlyMessage(desc), (bytes) => expectSameReading(desc, bytes)),
    { numRuns: 20 },
  );
});
