import { create, type DescField, type DescMessage, type Message, toJson } from '@bufbuild/protobuf';
import { jsonWriter } from '@mainstay/codec';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryMessage } from './arbitrary-message.ts';
import { contractMessages } from './contract-messages.ts';
import { covered } from './odd/covered.ts';
import { editionCovered, leftOut } from './odd/left-out.ts';

const options = { useProtoFieldName: true, alwaysEmitImplicit: true } as const;
/** The odd ones have every kind of field, so they are tried more often. */
const cases = [
  ...contractMessages.map((desc) => [desc.typeName, desc, 5] as const),
  ...[...covered.values(), ...editionCovered].map((desc) => [desc.typeName, desc, 100] as const),
];

/** What the reference writes; undefined when it refuses. */
function reference(desc: DescMessage, message: Message): string | undefined {
  try {
    return JSON.stringify(toJson(desc, message, options));
  } catch {
    return undefined;
  }
}

/** Whether something is set whose JSON is left to the reference. */
const isLeft = (text: string): boolean =>
  /"\$typeName":"google\.protobuf\.(Any|FieldMask|Struct|Value|ListValue)"/.test(text);

const shape = (message: Message): string =>
  JSON.stringify(message, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));

function writtenField(desc: DescMessage, field: DescField, message: Message): string | undefined {
  const whole = reference(desc, message);
  if (whole === undefined) return undefined;
  return JSON.stringify((JSON.parse(whole) as Record<string, unknown>)[field.name] ?? null);
}

test.each(cases)('%s is written as the reference writes it', (_name, desc, numRuns) => {
  fc.assert(
    fc.property(arbitraryMessage(desc), (message) => {
      const text = jsonWriter(desc)(message);
      if (!isLeft(shape(message)) || text !== undefined) expect(text).toBe(reference(desc, message));
    }),
    { numRuns },
  );
});

/** Messages whose JSON is an object of their fields. */
const objects = cases.filter(([name]) => !name.startsWith('google.protobuf.'));

test.each(objects)('each field of %s is written alone as within the whole', (_name, desc, numRuns) => {
  fc.assert(
    fc.property(arbitraryMessage(desc), (message) => {
      for (const field of desc.fields) {
        const text = jsonWriter(desc, field)(message);
        const expected = writtenField(desc, field, message);
        if (text !== undefined && expected !== undefined) expect(text).toBe(expected);
      }
    }),
    { numRuns: Math.ceil(numRuns / 10) },
  );
});

test.each(leftOut.map((desc) => [desc.typeName, desc] as const))('%s is left to the reference', (_name, desc) => {
  expect(jsonWriter(desc)(create(desc))).toBeUndefined();
});
