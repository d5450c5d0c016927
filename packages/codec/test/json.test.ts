import { create, type Message } from '@bufbuild/protobuf';
import { jsonWriter } from '@mainstay/codec';
import { describe, expect, test } from 'vitest';
import { covered } from './odd/covered.ts';

const scalars = covered.get('Scalars')!;
const choice = covered.get('Choice')!;
const holding = (values: object): Message => Object.assign(create(scalars), values);

test('fields stand in the order of their numbers under their proto names, zero values included', () => {
  expect(jsonWriter(scalars)(holding({ aInt64: 5n, aString: 'é"' }))).toBe(
    '{"a_double":0,"a_float":0,"a_int32":0,"a_int64":"5","a_uint32":0,"a_uint64":"0","a_sint32":0,"a_sint64":"0",' +
      '"a_fixed32":0,"a_fixed64":"0","a_sfixed32":0,"a_sfixed64":"0","a_bool":false,"a_string":"é\\"","a_bytes":"",' +
      '"colour":"COLOUR_NONE"}',
  );
});

test('a field of a oneof that is not set is written alone as null', () => {
  const tree = choice.fields.find(({ name }) => name === 'tree');

  expect(jsonWriter(choice, tree)(create(choice))).toBe('null');
});

test('half of a pair of surrogates is escaped, a whole pair is not', () => {
  expect(jsonWriter(scalars, scalars.field['aString'])(holding({ aString: '\ud83d' }))).toBe('"\\ud83d"');
  expect(jsonWriter(scalars, scalars.field['aString'])(holding({ aString: `${'x'.repeat(50)}😀` }))).toBe(
    `"${'x'.repeat(50)}😀"`,
  );
});

describe('values of another type than their field has are left to the reference', () => {
  test.each([
    ['a fraction', { aInt32: 1.5 }],
    ['a text for a number', { aUint32: '1' }],
    ['a number for a bigint', { aInt64: 1 }],
    ['a number for a text', { aString: 1 }],
    ['a number for a truth value', { aBool: 1 }],
    ['an array for bytes', { aBytes: [1] }],
    ['a text for a real', { aDouble: '1' }],
    ['a text for an enum', { colour: 'COLOUR_RED' }],
  ])('%s', (_name, values) => {
    expect(jsonWriter(scalars)(holding(values))).toBeUndefined();
  });

  test('a message of another kind', () => {
    expect(jsonWriter(scalars)(create(choice))).toBeUndefined();
  });
});
