import { enumField, field, many, messagesOf } from './descriptor.ts';

/** Messages of proto2, which keep their defaults on the prototype. */
const proto2 = messagesOf({
  name: 'odd/v2/odd.proto',
  package: 'odd.v2',
  syntax: 'proto2',
  enumType: [
    {
      name: 'Closed',
      value: [
        { name: 'CLOSED_ONE', number: 1 },
        { name: 'CLOSED_TWO', number: 2 },
      ],
    },
  ],
  messageType: [
    {
      name: 'Legacy',
      field: [
        { ...field(1, 'must', 'string'), label: 'LABEL_REQUIRED' },
        { ...field(2, 'count', 'int32'), defaultValue: '7' },
        enumField(3, 'closed', '.odd.v2.Closed'),
        many(4, 'numbers', 'int32'),
        { ...field(5, 'group', '.odd.v2.Legacy.Group'), type: 'TYPE_GROUP' },
      ],
      nestedType: [{ name: 'Group', field: [field(1, 'inside', 'bytes')] }],
      extensionRange: [{ start: 100, end: 200 }],
    },
  ],
});

const implicit = { features: { fieldPresence: 'IMPLICIT' } };

/** Messages of an edition: the first two could be of proto3, the others not. */
const edition = messagesOf({
  name: 'odd/v3/odd.proto',
  package: 'odd.v3',
  syntax: 'editions',
  edition: 'EDITION_2023',
  enumType: [
    {
      name: 'Closed',
      options: { features: { enumType: 'CLOSED' } },
      value: [
        { name: 'CLOSED_ZERO', number: 0 },
        { name: 'CLOSED_TWO', number: 2 },
      ],
    },
  ],
  messageType: [
    {
      name: 'Implicit',
      field: [
        { ...field(1, 'text', 'string'), options: implicit },
        { ...field(2, 'raw_text', 'string'), options: { features: { ...implicit.features, utf8Validation: 'NONE' } } },
        { ...many(3, 'expanded', 'sint32'), options: { features: { repeatedFieldEncoding: 'EXPANDED' } } },
        { ...many(4, 'raw_texts', 'string'), options: { features: { utf8Validation: 'NONE' } } },
      ],
    },
    { name: 'Holder', field: [field(1, 'inner', '.odd.v3.Implicit'), many(2, 'inners', '.odd.v3.Implicit')] },
    { name: 'Explicit', field: [{ ...field(1, 'count', 'int32'), defaultValue: '7' }] },
    {
      name: 'Required',
      field: [
        { ...field(1, 'inner', '.odd.v3.Implicit'), options: { features: { fieldPresence: 'LEGACY_REQUIRED' } } },
      ],
    },
    {
      name: 'Delimited',
      field: [{ ...field(1, 'inner', '.odd.v3.Implicit'), options: { features: { messageEncoding: 'DELIMITED' } } }],
    },
    { name: 'ClosedEnums', field: [{ ...enumField(1, 'closed', '.odd.v3.Closed'), label: 'LABEL_REPEATED' }] },
    { name: 'Json', field: [field(1, 'any_json', '.google.protobuf.Struct')] },
    { name: 'AroundJson', field: [field(1, 'json', '.odd.v3.Json')] },
  ],
});

/** Messages of an edition that need nothing which proto3 has not. */
export const editionCovered = [edition.get('Implicit')!, edition.get('Holder')!];

/** Messages that are left to the reference. */
export const leftOut = [...proto2.values(), ...edition.values()].filter((desc) => !editionCovered.includes(desc));
