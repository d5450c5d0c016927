import { expect, test } from 'vitest';
import { HpackDecoder, type HpackDecoderOptions } from './decoder.ts';
import { HpackEncoder } from './encoder.ts';
import { HeaderField } from './header-field.ts';

type Pair = readonly [string, string];

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}

function decoder(options: Partial<HpackDecoderOptions> = {}): HpackDecoder {
  return new HpackDecoder({ maxTableBytes: 4_096, maxListBytes: 16_384, ...options });
}

function read(from: HpackDecoder, bytes: Buffer): Pair[] | string {
  const block = from.decode(bytes, 0, bytes.length);
  return block === undefined ? (from.fault ?? 'none') : block.fields.map(({ name, value }) => [name, value]);
}

const request: readonly Pair[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'www.example.com'],
];
const thirdRequest: readonly Pair[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/index.html'],
  [':authority', 'www.example.com'],
  ['custom-key', 'custom-value'],
];

// RFC 7541 appendix C.3 and C.4: three requests on one connection, without and with Huffman code.
test.for([
  {
    name: 'C.3',
    blocks: [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ],
  },
  {
    name: 'C.4',
    blocks: [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ],
  },
])('the requests of RFC 7541 $name are read, and leave a table of 164 bytes', ({ blocks }) => {
  const reading = decoder();

  expect(read(reading, hex(blocks[0]!))).toEqual(request);
  expect(reading.tableBytes).toBe(57);
  expect(read(reading, hex(blocks[1]!))).toEqual([...request, ['cache-control', 'no-cache']]);
  expect(reading.tableBytes).toBe(110);
  expect(read(reading, hex(blocks[2]!))).toEqual(thirdRequest);
  expect(reading.tableBytes).toBe(164);
});

const date1 = 'Mon, 21 Oct 2013 20:13:21 GMT';
const date2 = 'Mon, 21 Oct 2013 20:13:22 GMT';
const cookie = 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';

// RFC 7541 appendix C.5 and C.6: three answers in a table of 256 bytes, which drops entries.
test.for([
  {
    name: 'C.5',
    blocks: [
      '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '4803 3330 37c1 c0bf',
      '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
    ],
  },
  {
    name: 'C.6',
    blocks: [
      '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
      '4883 640e ffc1 c0bf',
      '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
    ],
  },
])('the answers of RFC 7541 $name are read, with eviction', ({ blocks }) => {
  const reading = decoder({ maxTableBytes: 256 });
  const rest: readonly Pair[] = [
    ['cache-control', 'private'],
    ['date', date1],
    ['location', 'https://www.example.com'],
  ];

  expect(read(reading, hex(blocks[0]!))).toEqual([[':status', '302'], ...rest]);
  expect(reading.tableBytes).toBe(222);
  expect(read(reading, hex(blocks[1]!))).toEqual([[':status', '307'], ...rest]);
  expect(reading.tableBytes).toBe(222);
  expect(read(reading, hex(blocks[2]!))).toEqual([
    [':status', '200'],
    ['cache-control', 'private'],
    ['date', date2],
    ['location', 'https://www.example.com'],
    ['content-encoding', 'gzip'],
    ['set-cookie', cookie],
  ]);
  expect(reading.tableBytes).toBe(215);
});

test.for<[string, string, string]>([
  ['2.1', '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', 'custom-key: custom-header'],
  ['2.2', '040c 2f73 616d 706c 652f 7061 7468', ':path: /sample/path'],
  ['2.3', '1008 7061 7373 776f 7264 0673 6563 7265 74', 'password: secret'],
  ['2.4', '82', ':method: GET'],
])('the field of RFC 7541 C.%s is read', ([, bytes, field]) => {
  expect(read(decoder(), hex(bytes))).toEqual([field.match(/^(.+): (.*)$/)!.slice(1)]);
});

test.for<[string, string, string]>([
  ['an index of 0', '80', 'index_unknown'],
  ['an index beyond the table', 'be', 'index_unknown'],
  ['a name index beyond the table', '7e 00', 'index_unknown'],
  ['an integer of more than 2^28', 'ff ff ff ff ff ff 7f', 'integer_too_large'],
  ['an integer that goes on for ever', 'ff 80 80 80 80 80 80 80 80 80 01', 'integer_too_large'],
  ['an integer that ends early', 'ff 80', 'truncated'],
  ['a text that ends early', '40 05 61 62', 'truncated'],
  ['a value that is missing', '40 01 61', 'truncated'],
  ['padding of Huffman code that is not all ones', '40 01 61 81 00', 'huffman_malformed'],
  ['padding of 8 ones', '40 01 61 82 1f ff', 'huffman_malformed'],
  ['the end-of-string symbol', '40 01 61 84 ff ff ff ff', 'huffman_malformed'],
  ['a new table size after a field', '82 20', 'size_update_late'],
  ['a new table size above the limit of 4096', '3f e2 1f', 'size_update_too_large'],
])('%s is a fault', ([, bytes, fault]) => {
  const reading = decoder();
  expect(read(reading, hex(bytes))).toBe(fault);
});

test('a new size at the start of a block empties the table, and may be followed by a larger one', () => {
  const reading = decoder();
  read(reading, hex('4001 6101 62'));
  expect(reading.tableBytes).toBe(34);

  expect(read(reading, hex('20 3f e1 1f 82'))).toEqual([[':method', 'GET']]);

  expect(reading.tableBytes).toBe(0);
});

test('a block that names one entry of 4000 bytes 5000 times is decoded without keeping more than 16 KiB of it', () => {
  const reading = decoder();
  const big = Buffer.concat([hex('4001 61 7f a0 1e'), Buffer.alloc(3_999, 'x')]);
  expect(read(reading, big)).toHaveLength(1);

  const block = reading.decode(Buffer.alloc(5_000, 0xbe), 0, 5_000);

  expect(block?.isTooLarge).toBe(true);
  expect(block?.fields).toHaveLength(4);
  expect(reading.tableBytes).toBeLessThanOrEqual(4_096);
  expect(read(reading, hex('be'))).toHaveLength(1);
});

test('a short block that was seen before gives the same list, and another one once the table changed', () => {
  const reading = decoder();
  read(reading, hex('4001 6101 62'));
  const first = reading.decode(hex('be'), 0, 1);

  expect(reading.decode(hex('be'), 0, 1)).toBe(first);
  read(reading, hex('4001 6301 64'));
  expect(read(reading, hex('be'))).toEqual([['c', 'd']]);
});

test.for<[string, string, number]>([
  ['x-name', 'value', 0],
  [':path', '/', 1],
  ['te', 'trailers', 0],
  ['te', 'gzip', 2],
  ['connection', 'close', 2],
  ['transfer-encoding', 'chunked', 2],
  ['X-Name', 'value', 3],
  ['', 'value', 3],
  ['a b', 'value', 3],
  [':nothing', 'value', 3],
  ['x-name', ' value', 3],
  ['x-name', 'value\t', 3],
  ['x-name', 'a\r\nb', 3],
  ['x-name', 'a\0b', 3],
  ['x-name', '\u00e9', 0],
])('the field %j: %j has mark %i', ([name, value, mark]) => {
  expect(new HeaderField(name, value).mark).toBe(mark);
});

function write(encoder: HpackEncoder, run: (into: Uint8Array, at: number) => number): Buffer {
  const into = Buffer.alloc(10_000);
  return into.subarray(0, run(into, encoder.begin(into, 0)));
}

test('a fixed field costs 1 byte from its second time on, a changing one an index for its name, a secret is never kept', () => {
  const encoder = new HpackEncoder();
  const reading = decoder();
  const fixed = (): Buffer => write(encoder, (into, at) => encoder.fixed(into, at, [':path', '/a.B/C']));
  const changing = (value: string): Buffer =>
    write(encoder, (into, at) => encoder.changing(into, at, ['traceparent', value]));
  const secret = (): Buffer => write(encoder, (into, at) => encoder.secret(into, at, ['authorization', 'x']));

  expect(read(reading, fixed())).toEqual([[':path', '/a.B/C']]);
  expect(fixed()).toHaveLength(1);
  expect(read(reading, changing('one'))).toEqual([['traceparent', 'one']]);
  const { tableBytes } = reading;
  expect(changing('two')).toHaveLength(2 + 1 + 3);
  expect(read(reading, changing('two'))).toEqual([['traceparent', 'two']]);
  expect(secret()[0]! & 0xf0).toBe(0x10);
  expect(read(reading, secret())).toEqual([['authorization', 'x']]);
  expect(reading.tableBytes).toBe(tableBytes);
});

test('a table that is full is left as it is: the field is sent in full each time', () => {
  const encoder = new HpackEncoder();
  const reading = decoder();
  for (let i = 0; i < 200; i++) {
    const block = write(encoder, (into, at) => encoder.fixed(into, at, [`name-${i}`, 'x'.repeat(20)]));
    expect(read(reading, block)).toEqual([[`name-${i}`, 'x'.repeat(20)]]);
  }
  const { tableRevision } = encoder;

  write(encoder, (into, at) => encoder.fixed(into, at, ['another', 'one']));

  expect(encoder.tableRevision).toBe(tableRevision);
});

test('a peer that allows a table of 0 bytes is told so before the next block, and gets no entries', () => {
  const encoder = new HpackEncoder();
  const reading = decoder();
  const block = (): Buffer => write(encoder, (into, at) => encoder.fixed(into, at, ['a', 'b']));
  read(reading, block());
  expect(encoder.tableRevision).toBe(1);

  encoder.setPeerTableBytes(0);

  expect(encoder.tableRevision).toBe(-1);
  const next = block();
  expect([...next.subarray(0, 2)]).toEqual([0x20, 0x20]);
  expect(read(reading, next)).toEqual([['a', 'b']]);
  expect(read(reading, block())).toEqual([['a', 'b']]);
  expect(reading.tableBytes).toBe(0);
});

test('a long secret that comes again is the same text, one that differs in its last character is not', () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder({ maxTableBytes: 4_096, maxListBytes: 16_384 });
  const token = 'x'.repeat(199);
  const sent = [`${token}1`, `${token}1`, `${token}2`, 'short', `${token}2`, 'y'.repeat(5_000)];

  const read = sent.map((value) => {
    const buffer = Buffer.alloc(6_000);
    const end = encoder.secret(buffer, 0, ['mainstay-identity', value]);
    return decoder.decode(buffer, 0, end)?.fields.map((field) => [field.name, field.value]);
  });

  expect(read).toEqual(sent.map((value) => [['mainstay-identity', value]]));
});

test('a repeated secret that is cut off at the end of its block is malformed', () => {
  const decoder = new HpackDecoder({ maxTableBytes: 4_096, maxListBytes: 16_384 });
  const buffer = Buffer.alloc(300);
  const end = new HpackEncoder().secret(buffer, 0, ['mainstay-identity', 'x'.repeat(200)]);
  expect(decoder.decode(buffer, 0, end)).toBeDefined();

  expect(decoder.decode(buffer, 0, end - 1)).toBeUndefined();
  expect(decoder.fault).toBe('truncated');
});
