import { deepStrictEqual } from 'node:assert';
import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { messageMaker } from '@mainstay/codec';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arbitraryInit, arbitraryMessage } from './arbitrary-message.ts';
import { contractMessages } from './contract-messages.ts';
import { covered } from './odd/covered.ts';
import { editionCovered, leftOut } from './odd/left-out.ts';

const cases = [...contractMessages, ...covered.values(), ...editionCovered, ...leftOut.values()].map(
  (desc) => [desc.typeName, desc] as const,
);

/** Values of all wrong kinds, as code without types may hand over. */
const anything = fc.oneof(
  fc.constantFrom(undefined, null, 0, '', [], [1, 2], [null], {}, { case: 'x', value: {} }, { case: null }),
  fc.anything({ maxDepth: 1 }),
);

function arbitraryNonsense(desc: DescMessage): fc.Arbitrary<MessageInitShape<DescMessage>> {
  const values = desc.members.map(({ localName }) => [localName, anything] as const);
  return fc.record(Object.fromEntries(values), { requiredKeys: [] }) as never;
}

/** What is made of initial values, or how they are refused. */
function outcome(make: () => object): unknown {
  try {
    const made = make();
    return [made, Object.keys(made)];
  } catch (error) {
    return (error as Error).name;
  }
}

describe.each(cases)('%s', (_name, desc) => {
  const make = messageMaker(desc);

  test('is made of right and of wrong values as the reference makes it, its properties in the same order', () => {
    const init = fc.oneof(
      arbitraryInit(desc),
      arbitraryMessage(desc).map(({ $typeName: _, ...rest }) => rest as never),
    );
    fc.assert(
      fc.property(fc.oneof(init, arbitraryNonsense(desc)), (values) => {
        deepStrictEqual(
          outcome(() => make(values)),
          outcome(() => create(desc, values)),
        );
      }),
      { numRuns: 30 },
    );
  });

  test('is given back when it is a message already, and is empty when it is made of nothing', () => {
    const message = create(desc);

    expect(make(message)).toBe(message);
    expect(make(undefined)).toStrictEqual(message);
  });
});
