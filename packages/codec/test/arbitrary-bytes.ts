import { type DescMessage, type Message, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';

/** A number as a varint, with so many bytes more than it needs. */
function varint(value: bigint, padding: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  } while (rest > 0n);
  for (let i = 0; i < padding; i++) bytes.push(0x80);
  bytes.push(bytes.pop()! & 0x7f);
  return bytes;
}

const padding = fc.oneof(
  { weight: 9, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 10 }) },
);
const anyVarint = fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), padding).map((parts) => varint(...parts));
const smallVarint = fc.tuple(fc.bigInt({ min: 0n, max: 300n }), padding).map((parts) => varint(...parts));
const raw = (length: number): fc.Arbitrary<number[]> => fc.array(fc.nat(255), { minLength: length, maxLength: length });

/** Fields of a message with its own numbers and others, of any wire type: nearly always wrong, never far from right. */
export function nearlyMessage(desc: DescMessage): fc.Arbitrary<Uint8Array> {
  const numbers = fc.constantFrom(...desc.fields.map(({ number }) => number), 0, 1, 2, 17_000);
  const { message } = fc.letrec<{ message: number[]; field: number[] }>((tie) => ({
    message: fc.array(tie('field'), { maxLength: 6 }).map((parts) => parts.flat()),
    field: fc.tuple(numbers, padding).chain(([number, more]) => {
      const withTag = (wireType: number, body: fc.Arbitrary<number[]>): fc.Arbitrary<number[]> =>
        body.map((bytes) => [...varint((BigInt(number) << 3n) | BigInt(wireType), more), ...bytes]);
      const counted = (body: fc.Arbitrary<number[]>): fc.Arbitrary<number[]> =>
        fc.tuple(body, padding).map(([bytes, pad]) => [...varint(BigInt(bytes.length), pad), ...bytes]);
      return fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        withTag(0, fc.oneof(smallVarint, anyVarint)),
        withTag(2, counted(fc.array(fc.nat(127), { maxLength: 14 }))),
        withTag(2, counted(fc.array(fc.nat(255), { maxLength: 6 }))),
        withTag(2, counted(fc.array(anyVarint, { maxLength: 3 }).map((parts) => parts.flat()))),
        withTag(1, raw(8)),
        withTag(5, raw(4)),
        withTag(2, counted(tie('message'))),
        withTag(
          3,
          tie('message').map((bytes) => [...bytes, ...varint((BigInt(number) << 3n) | 4n, 0)]),
        ),
        withTag(
          2,
          fc.tuple(smallVarint, tie('message')).map((parts) => parts.flat()),
        ),
        withTag(6, fc.constant([])),
      );
    }),
  }));
  return message.map((bytes) => Uint8Array.from(bytes));
}

/** The bytes of a message, changed in one to three places or cut off. */
export function damaged(desc: DescMessage, messages: fc.Arbitrary<Message>): fc.Arbitrary<Uint8Array> {
  const change = fc.record({ kind: fc.constantFrom('set', 'add', 'cut', 'end'), at: fc.nat(), byte: fc.nat(255) });
  return fc.tuple(messages, fc.array(change, { minLength: 1, maxLength: 3 })).map(([message, changes]) => {
    const bytes = [...toBinary(desc, message)];
    for (const { kind, at, byte } of changes) {
      const place = bytes.length === 0 ? 0 : at % bytes.length;
      if (kind === 'set' && bytes.length > 0) bytes[place] = byte;
      if (kind === 'add') bytes.splice(place, 0, byte);
      if (kind === 'cut') bytes.splice(place, 1);
      if (kind === 'end') bytes.length = place;
    }
    return Uint8Array.from(bytes);
  });
}
