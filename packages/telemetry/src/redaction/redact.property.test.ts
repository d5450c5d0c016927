import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isCardNumber } from './card-number.ts';
import { redact } from './redact.ts';
import { redactText } from './redact-text.ts';

const secret = 'S3cr3tValue';
const sensitiveKeys = ['password', 'access_token', 'Card-Number', 'apiKey', 'authorization', 'cvv'];

test('a value under a sensitive name is in no output, wherever it stands', () => {
  const leaf = fc.oneof(fc.integer(), fc.string({ maxLength: 10 }), fc.constant(null));
  const holder = fc
    .constantFrom(...sensitiveKeys)
    .chain((key) =>
      fc.constantFrom<unknown>({ [key]: secret }, { [key]: [secret] }, new Map([[key, { secret }]]), [key, secret]),
    );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      holder,
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(fc.string({ maxLength: 8 }), tie('tree'), { maxKeys: 4 }),
    ),
  }));

  fc.assert(
    fc.property(tree, (value) => {
      expect(JSON.stringify(redact({ value }))).not.toContain(secret);
    }),
  );
});

test('is total: anything becomes data that JSON can write', () => {
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withNullPrototype: true,
      }),
      (value) => {
        expect(() => JSON.stringify(redact(value))).not.toThrow();
      },
    ),
  );
});

test('a card number of 13 to 19 digits is hidden between any words, with any one kind of separator', () => {
  const card = fc
    .tuple(
      fc.constantFrom('2', '3', '4', '5', '6'),
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 11, maxLength: 17 }),
    )
    .map(([first, rest]) => {
      const head = first + rest.join('');
      return Array.from({ length: 10 }, (_, check) => `${head}${check}`).find(isCardNumber) as string;
    });
  const around = fc.constantFrom('', ' ', 'card ', 'x: ', '100 ', 'id-', '"', '(', 'é');

  fc.assert(
    fc.property(card, around, around, fc.constantFrom('', ' ', '-'), (digits, before, after, separator) => {
      const shown = digits.replace(/(\d{4})(?=\d)/g, `$1${separator}`);
      const rest = after === '' || /^[\w]/.test(after) ? ` ${after}` : after;

      expect(redactText(`${before}${shown}${rest}`)).not.toContain(shown);
    }),
  );
});
