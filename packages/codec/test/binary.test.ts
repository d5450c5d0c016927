import { execFileSync } from 'node:child_process';
import { create, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import { binaryCodec } from '@mainstay/codec';
import { EchoRequestSchema } from '@mainstay/contracts/mainstay/echo/v1/echo';
import { ProductSchema } from '@mainstay/contracts/products/v1/products';
import { describe, expect, test } from 'vitest';
import { GeneratedCodec } from '../src/binary/generated-codec.ts';
import { covered } from './odd/covered.ts';
import { field, messagesOf } from './odd/descriptor.ts';

const tree = covered.get('Tree')!;
const counted = (tag: number, bytes: Buffer): Buffer => {
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
  return Buffer.concat([Buffer.from([tag, ...length]), bytes]);
};

function nested(depth: number): Buffer {
  let bytes: Buffer = Buffer.alloc(0);
  for (let i = 1; i < depth; i++) bytes = counted(0x12, bytes);
  return bytes;
}

test('100 messages inside of each other are read, the 101st is refused', () => {
  const codec = binaryCodec(tree);

  expect(codec.read(nested(100))).toStrictEqual(fromBinary(tree, nested(100)));
  expect(() => codec.read(nested(101))).toThrow('maximum recursion depth of 100 reached');
});

test('a map keeps the key __proto__, as one of its own', () => {
  const named = { ['__proto__']: create(tree, { value: 'x' } as never) };
  const bytes = toBinary(tree, create(tree, { named } as never));

  const read = new GeneratedCodec(tree).tryRead(bytes)!;

  expect(read).toStrictEqual(fromBinary(tree, bytes));
  expect(binaryCodec(tree).write(read)).toEqual(Buffer.from(bytes));
});

test('two parts of one message are merged, as the reference merges them', () => {
  const codec = binaryCodec(tree);
  const parts = Buffer.concat([
    counted(0x12, Buffer.from([0x0a, 1, 0x61])),
    counted(0x12, counted(0x1a, Buffer.from([0x0a, 1, 0x62]))),
  ]);

  expect(codec.read(parts)).toStrictEqual(fromBinary(tree, parts));
});

describe('values of another type than their field has go to the reference', () => {
  const refused: readonly (readonly [string, Record<string, unknown>])[] = [
    ['a number above 32 bits', { aInt32: 2 ** 31 }],
    ['a fraction', { aUint32: 1.5 }],
    ['a number below zero', { aFixed32: -1 }],
    ['a bigint above 64 bits', { aInt64: 2n ** 63n }],
    ['a bigint below zero', { aUint64: -1n }],
    ['a float that is too large', { aFloat: 1e300 }],
    ['a text that is no number', { aSint64: 'x' }],
    ['an array instead of bytes', { aBytes: [1] }],
  ];
  const taken: readonly (readonly [string, Record<string, unknown>])[] = [
    ['a text for a number', { aInt32: '12' }],
    ['a number for a bigint', { aInt64: 12 }],
    ['a number for a text', { aString: 12 }],
    ['a number for a truth value', { aBool: 1 }],
  ];
  const scalars = covered.get('Scalars')!;
  const holding = (values: object): Message => Object.assign(create(scalars), values);
  const outcome = (write: () => Uint8Array): string => {
    try {
      return Buffer.from(write()).toString('hex');
    } catch (error) {
      return String(error);
    }
  };

  test.each([...refused, ...taken])('%s', (_name, values) => {
    const message = holding(values);

    expect(new GeneratedCodec(scalars).tryWrite(message)).toBeUndefined();
    expect(outcome(() => binaryCodec(scalars).write(message))).toBe(outcome(() => toBinary(scalars, message)));
  });

  test('a message of another kind is refused, also inside of a right one', () => {
    const foreign = create(ProductSchema) as unknown as Message;

    expect(() => binaryCodec(tree).write(foreign)).toThrow('cannot use field odd.v1.Tree.value');
    expect(() => binaryCodec(tree).write(Object.assign(create(tree), { left: foreign }))).toThrow('cannot use field');
  });
});

test('messages that follow each other share memory, and none is written over: 5,000 of all sizes up to 9,000 bytes', () => {
  const codec = binaryCodec(EchoRequestSchema);
  const texts = Array.from({ length: 5_000 }, (_, index) => `${index} `.repeat(1 + ((index * 37) % 1_800)));

  const written = texts.map((text) => codec.write(create(EchoRequestSchema, { text })));

  for (const [index, bytes] of written.entries()) {
    if (fromBinary(EchoRequestSchema, bytes).text !== texts[index]) expect.fail(`message ${index} was changed`);
  }
});

test('a message of 3 MB, larger than the memory that messages share, stands alone in its own', () => {
  const text = 'é'.repeat(1_500_000);
  const bytes = binaryCodec(EchoRequestSchema).write(create(EchoRequestSchema, { text }));

  expect(Buffer.compare(bytes, toBinary(EchoRequestSchema, create(EchoRequestSchema, { text })))).toBe(0);
  expect(bytes.buffer.byteLength).toBe(bytes.length);
});

test('names in a descriptor that look like code stay names, should a registry ever let them through', () => {
  const name = '"]);globalThis.isBroken=true;//\u2028\n\\';
  const desc = messagesOf({
    name: 'hostile.proto',
    syntax: 'proto3',
    messageType: [
      {
        name: 'Hostile',
        field: [field(1, 'a', 'string'), { ...field(2, 'b', 'int32'), oneofIndex: 0 }],
        oneofDecl: [{ name: 'c' }],
      },
    ],
  }).get('Hostile')!;
  const names = { a: `a${name}`, b: `b${name}`, c: `c${name}` };
  Object.assign(desc, { typeName: `Hostile${name}` });
  for (const member of [...desc.fields, ...desc.oneofs]) {
    Object.assign(member, { localName: names[member.name as keyof typeof names] });
  }
  const message = create(desc, { [names.a]: 'x', [names.c]: { case: names.b, value: 1 } });

  const bytes = new GeneratedCodec(desc).tryWrite(message)!;

  expect(Buffer.from(bytes).toString('hex')).toBe('0a01781001');
  expect(new GeneratedCodec(desc).tryRead(bytes)).toStrictEqual(message);
  expect(globalThis).not.toHaveProperty('isBroken');
});

test('where code must not be generated, the reference writes and reads', () => {
  const script = `
    const { binaryCodec } = await import('@mainstay/codec');
    const { ProductSchema } = await import('@mainstay/contracts/products/v1/products');
    const { create } = await import('@bufbuild/protobuf');
    const codec = binaryCodec(ProductSchema);
    console.log(codec.read(codec.write(create(ProductSchema, { name: 'lamp' }))).name);`;
  const options = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', script];

  expect(execFileSync(process.execPath, options, { cwd: import.meta.dirname, encoding: 'utf8' })).toBe('lamp\n');
});
