import { expect, test } from 'vitest';
import { ChunkedDecoder } from './chunked-decoder.ts';

interface Decoded {
  readonly content: string;
  readonly isOver: boolean;
  readonly isFaulty: boolean;
  /** Bytes behind the body. */
  readonly rest: string;
}

function decode(text: string): Decoded {
  const decoder = new ChunkedDecoder();
  const bytes = Buffer.from(text, 'latin1');
  let content = '';
  const at = decoder.decode(bytes, 0, { push: (part) => void (content += part.toString('latin1')) });
  return {
    content,
    isOver: decoder.isOver,
    isFaulty: decoder.fault !== undefined,
    rest: decoder.isOver ? text.slice(at) : '',
  };
}

test.each([
  ['0\r\n\r\n', '', ''],
  ['5\r\nhello\r\n0\r\n\r\nGET /', 'hello', 'GET /'],
  ['00000005\r\nhello\r\n00\r\n\r\n', 'hello', ''],
  ['a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n', '01234567890123456789', ''],
  ['2\r\n\r\n\r\n0\r\n\r\n', '\r\n', ''],
  ['5;a\r\nhello\r\n0;b=c\r\n\r\n', 'hello', ''],
  ['5;a=b;c="d;\\" \r"\r\n'.replace('\r"', '"') + 'hello\r\n0\r\n\r\n', 'hello', ''],
  ['5\r\nhello\r\n0\r\nX-A: b\r\nX-B:\r\n\r\n', 'hello', ''],
])('%j is %j', (text, content, rest) => {
  expect(decode(text)).toEqual({ content, isOver: true, isFaulty: false, rest });
});

test.each([
  ['\r\n'],
  [' 5\r\nhello\r\n'],
  ['5 \r\nhello\r\n'],
  ['+5\r\nhello\r\n'],
  ['-5\r\nhello\r\n'],
  ['0x5\r\nhello\r\n'],
  ['5h\r\nhello\r\n'],
  ['000000005\r\nhello\r\n'],
  ['100000000\r\nhello\r\n'],
  ['5\nhello\r\n'],
  ['5\r\r\nhello\r\n'],
  ['5\r\nhello\n'],
  ['5\r\nhelloo\r\n'],
  ['5\r\nhello0\r\n'],
  ['5\r\nhell\r\n0\r\n\r\n'],
  ['5;\r\nhello\r\n'],
  ['5;;a\r\nhello\r\n'],
  ['5; a\r\nhello\r\n'],
  ['5;a =b\r\nhello\r\n'],
  ['5;a=\r\nhello\r\n'],
  ['5;a="b\r\nhello\r\n'],
  ['5;a=b\nc\r\nhello\r\n'],
  ['5;a=\0\r\nhello\r\n'],
  ['0\r\n\n'],
  ['0\r\nX-A: b\n\r\n'],
  ['0\r\n X-A: b\r\n\r\n'],
  ['0\r\nX-A\r\n\r\n'],
  ['0\r\nX A: b\r\n\r\n'],
  ['0\r\nX-A: \0\r\n\r\n'],
  ['0\r\nX-A: b\rc\r\n\r\n'],
  ['0\r\nContent-Length: 5\r\n\r\n'],
  ['0\r\ntransfer-encoding: chunked\r\n\r\n'],
  ['0\r\nHOST: evil.test\r\n\r\n'],
])('%j is refused', (text) => {
  expect(decode(text)).toMatchObject({ isFaulty: true, isOver: false });
});

test('half a size that can become none is refused before its line ends', () => {
  expect([decode('5').isFaulty, decode('5;a').isFaulty, decode('G').isFaulty, decode('123456789').isFaulty]).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

test('extensions and trailers of a body may have 8,192 bytes together, and a line 1,024', () => {
  const extended = (bytes: number): string => `1;${'a'.repeat(bytes - 1)}\r\nx\r\n`;

  expect(decode(`${extended(1_022).repeat(8)}0\r\nX: 123456789012\r\n\r\n`)).toMatchObject({ isOver: true });
  expect(decode(`${extended(1_022).repeat(8)}0\r\nX: ${'y'.repeat(20)}\r\n\r\n`)).toMatchObject({ isFaulty: true });
  expect(decode(extended(1_024))).toMatchObject({ isFaulty: true });
});
