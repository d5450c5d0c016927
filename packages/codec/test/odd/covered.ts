import type { JsonValue } from '@bufbuild/protobuf';
import { enumField, field, many, mapEntry, messagesOf } from './descriptor.ts';

const scalars = [
  'double',
  'float',
  'int32',
  'int64',
  'uint32',
  'uint64',
  'sint32',
  'sint64',
  'fixed32',
  'fixed64',
  'sfixed32',
  'sfixed64',
  'bool',
  'string',
  'bytes',
];
const longs = scalars.filter((type) => type.endsWith('64'));
const packable = scalars.filter((type) => type !== 'string' && type !== 'bytes');
const colour = '.odd.v1.Colour';
const wrappers = scalars.flatMap((type) =>
  ['double', 'float', 'int32', 'int64', 'uint32', 'uint64', 'bool', 'string', 'bytes'].includes(type)
    ? [`.google.protobuf.${type.replace(/^u?./, (start) => start.toUpperCase())}Value`]
    : [],
);
const asText = { options: { jstype: 'JS_STRING' } };

function inOneof(members: readonly Record<string, JsonValue>[]): Record<string, JsonValue>[] {
  return members.map((member) => ({ ...member, oneofIndex: 0 }));
}

/** proto3 marks a field with presence by a oneof of its own. */
function optional(members: readonly Record<string, JsonValue>[]): Record<string, JsonValue> {
  return {
    field: members.map((member, index) => ({ ...member, proto3Optional: true, oneofIndex: index })),
    oneofDecl: members.map(({ name }) => ({ name: `_${name as string}` })),
  };
}

const maps: readonly (readonly [string, string, Record<string, JsonValue>])[] = [
  ['text', 'string', field(2, 'value', 'string')],
  ['small', 'int32', field(2, 'value', 'int64')],
  ['truth', 'bool', field(2, 'value', 'bytes')],
  ['big', 'uint64', field(2, 'value', '.odd.v1.Texts')],
  ['zigzag', 'sint64', enumField(2, 'value', colour)],
  ['fixed', 'fixed32', field(2, 'value', 'double')],
  ['signed', 'sfixed64', field(2, 'value', 'float')],
  ['named', 'string', field(2, 'value', '.odd.v1.Tree')],
  ['wrapped', 'string', field(2, 'value', '.google.protobuf.Int32Value')],
];
const entryName = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}Entry`;

/** Messages of every kind that is covered, by their names. */
export const covered = messagesOf({
  name: 'odd/v1/odd.proto',
  package: 'odd.v1',
  syntax: 'proto3',
  enumType: [
    {
      name: 'Colour',
      value: [
        { name: 'COLOUR_NONE', number: 0 },
        { name: 'COLOUR_RED', number: 1 },
        { name: 'COLOUR_DARK', number: -7 },
      ],
    },
  ],
  messageType: [
    { name: 'Nothing' },
    {
      name: 'Scalars',
      field: [...scalars.map((type, index) => field(index + 1, `a_${type}`, type)), enumField(16, 'colour', colour)],
    },
    {
      name: 'Optionals',
      ...optional([
        ...scalars.map((type, index) => field(20 - index, `a_${type}`, type)),
        enumField(21, 'colour', colour),
        { ...field(22, 'text_number', 'int64'), ...asText },
      ]),
    },
    {
      name: 'Lists',
      field: [
        ...scalars.map((type, index) => many(index + 1, `some_${type}`, type)),
        { ...enumField(16, 'colours', colour), label: 'LABEL_REPEATED' },
        many(17, 'texts', '.odd.v1.Texts'),
        many(18, 'wrapped', '.google.protobuf.StringValue'),
      ],
    },
    {
      name: 'Unpacked',
      field: packable.map((type, index) => ({ ...many(index + 1, `some_${type}`, type), options: { packed: false } })),
    },
    {
      name: 'Texts',
      field: longs.flatMap((type, index) => [
        { ...field(index * 2 + 1, `a_${type}`, type), ...asText },
        { ...many(index * 2 + 2, `some_${type}`, type), ...asText },
      ]),
    },
    {
      name: 'Maps',
      field: maps.map(([name], index) => many(index + 1, name, `.odd.v1.Maps.${entryName(name)}`)),
      nestedType: maps.map(([name, key, value]) => mapEntry(entryName(name), key, value)),
    },
    {
      name: 'Choice',
      field: [
        field(1, 'before', 'string'),
        ...inOneof([
          ...scalars.map((type, index) => field(index * 2 + 2, `a_${type}`, type)),
          enumField(40, 'colour', colour),
          field(41, 'tree', '.odd.v1.Tree'),
          field(42, 'wrapped', '.google.protobuf.UInt64Value'),
          { ...field(43, 'text_number', 'uint64'), ...asText },
        ]),
        field(5, 'between', 'int32'),
      ],
      oneofDecl: [{ name: 'one_of_many' }],
    },
    {
      name: 'Tree',
      field: [
        field(1, 'value', 'string'),
        field(2, 'left', '.odd.v1.Tree'),
        many(3, 'children', '.odd.v1.Tree'),
        many(4, 'named', '.odd.v1.Tree.NamedEntry'),
        field(5, 'other', '.odd.v1.Forest'),
      ],
      nestedType: [mapEntry('NamedEntry', 'string', field(2, 'value', '.odd.v1.Tree'))],
    },
    { name: 'Forest', field: [many(1, 'trees', '.odd.v1.Tree')] },
    {
      name: 'WellKnown',
      field: [
        ...['Timestamp', 'Duration', 'Any', 'FieldMask', 'Empty', 'Value', 'ListValue'].map((name, index) =>
          field(index + 1, `a_${name}`, `.google.protobuf.${name}`),
        ),
        ...wrappers.map((type, index) => field(index + 20, `wrapped_${index}`, type)),
      ],
    },
    {
      name: 'Numbers',
      field: [15, 16, 2_047, 2_048, 262_143, 262_144, 33_554_432, 536_870_911].map((number) =>
        field(number, `field_${number}`, 'uint32'),
      ),
    },
    {
      name: 'Names',
      field: ['constructor', 'toString', 'value_of', 'to', 'm', 'r', 'v', 'key'].map((name, index) =>
        field(index + 1, name, 'string'),
      ),
    },
  ],
});
