import {
  create,
  type DescField,
  type DescMessage,
  type DescOneof,
  type Message,
  type MessageInitShape,
  ScalarType,
} from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';

/** Messages inside of each other, at most. */
const maxDepth = 3;

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '',
    '\u{feff}mark',
    '\ufffd',
    'é'.repeat(80),
    'x'.repeat(127),
    'x'.repeat(128),
    '😀',
    '__proto__',
    'constructor',
  ),
);
const int32 = fc.oneof(fc.integer(), fc.constantFrom(0, -0, 1, -1, 127, 128, 2 ** 31 - 1, -(2 ** 31)));
const uint32 = fc.oneof(fc.nat(), fc.constantFrom(0, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32 - 1));
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, -1n, 2n ** 28n, 2n ** 35n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)),
);
const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 127n, 128n, 2n ** 56n, 2n ** 63n, 2n ** 64n - 1n),
);

function scalar(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return text;
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 40 });
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.DOUBLE:
      return fc.double();
    case ScalarType.FLOAT:
      return fc.float();
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return int64;
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return uint64;
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return uint32;
    default:
      return int32;
  }
}

function leaf(field: DescField): fc.Arbitrary<unknown> {
  if (field.enum !== undefined) {
    const known = fc.constantFrom(...field.enum.values.map((value) => value.number));
    return field.enum.open ? fc.oneof(known, int32) : known;
  }
  const value = scalar(field.scalar ?? ScalarType.STRING);
  return 'longAsString' in field && field.longAsString ? value.map(String) : value;
}

function single(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.message === undefined) return leaf(field);
  if (field.message.typeName === 'google.protobuf.Struct') return fc.constant({ a: [1, null, 'x'] });
  const inner = fields(field.message, depth + 1);
  const isUnwrapped = field.fieldKind === 'message' && field.oneof === undefined && isWrapperDesc(field.message);
  return isUnwrapped ? leaf(field.message.fields[0]!) : inner;
}

function memberValue(member: DescField | DescOneof, depth: number): fc.Arbitrary<unknown> {
  if (member.kind === 'oneof') {
    const cases = member.fields.filter((field) => field.message === undefined || depth < maxDepth);
    return fc.oneof(
      ...cases.map((field) => fc.record({ case: fc.constant(field.localName), value: single(field, depth) })),
    );
  }
  if (member.fieldKind === 'list') return fc.array(single(member, depth), { maxLength: 4 });
  if (member.fieldKind !== 'map') return single(member, depth);
  return fc
    .array(fc.tuple(scalar(member.mapKey), single(member, depth)), { maxLength: 3 })
    .map((entries) => Object.fromEntries(entries.map(([key, value]) => [String(key), value])));
}

/** Initial values of a message; each member is there or not. */
function fields(desc: DescMessage, depth: number): fc.Arbitrary<object> {
  const members = desc.members.filter(
    (member) => depth < maxDepth || !('message' in member) || member.message === undefined,
  );
  const values = members.map((member) => [member.localName, memberValue(member, depth)] as const);
  return fc.record(Object.fromEntries(values), { requiredKeys: [] });
}

const unknownFields = fc.array(
  fc.record({
    no: fc.integer({ min: 18_000, max: 18_999 }),
    wireType: fc.constant(2),
    data: fc.uint8Array({ maxLength: 20 }).map((data) => Uint8Array.of(data.length, ...data)),
  }),
  { minLength: 1, maxLength: 2 },
);

/** What a message of a kind can be made of. */
export function arbitraryInit(desc: DescMessage): fc.Arbitrary<MessageInitShape<DescMessage>> {
  return fields(desc, 0) as fc.Arbitrary<MessageInitShape<DescMessage>>;
}

/** Messages of a kind, any values in them, sometimes with fields that nobody knows. */
export function arbitraryMessage(desc: DescMessage): fc.Arbitrary<Message> {
  const built = arbitraryInit(desc).map((init) => create(desc, init));
  return fc.tuple(built, fc.option(unknownFields, { freq: 4 })).map(([message, unknown]) => {
    if (unknown !== null) message.$unknown = unknown;
    return message;
  });
}
