/** One answer on a connection. */
export interface WireAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** False when the connection ended before the answer did. */
  readonly isWhole: boolean;
}

/**
 * Reads answers as a strict client does (RFC 9112).
 *
 * @param bytes - all that came on a connection so far; what follows a 101 is not read.
 * @param firstIsHead - whether the first answer has no body whatever its headers say.
 * @throws TypeError for bytes that are no answer.
 */
export function readAnswers(bytes: Buffer, firstIsHead: boolean): readonly WireAnswer[] {
  const answers: WireAnswer[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const headEnd = bytes.indexOf('\r\n\r\n', at);
    if (headEnd < 0) {
      answers.push({ status: 0, headers: new Map(), body: bytes.toString('latin1', at), isWhole: false });
      break;
    }
    const { status, headers } = readHead(bytes.toString('latin1', at, headEnd));
    at = headEnd + 4;
    const isHead = firstIsHead && answers.every((answer) => answer.status < 200);
    if (status < 200 || status === 204 || status === 304 || isHead) {
      answers.push({ status, headers, body: '', isWhole: true });
      // What is no request has an answer with a body, whatever its first word is.
      if (status === 101 || headers.get('connection') === 'close') break;
      continue;
    }
    const read =
      headers.get('transfer-encoding') === 'chunked' ? readChunks(bytes, at) : readCounted(bytes, at, headers);
    answers.push({ status, headers, body: read.body.toString('utf8'), isWhole: read.isWhole });
    at = read.end;
  }
  return answers;
}

interface Body {
  readonly body: Buffer;
  readonly end: number;
  readonly isWhole: boolean;
}

function readHead(text: string): Pick<WireAnswer, 'status' | 'headers'> {
  const [line = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3}) [ -~]+$/.exec(line)?.[1];
  if (status === undefined) throw new TypeError(`no status line: ${JSON.stringify(line.slice(0, 200))}`);
  const headers = new Map<string, string>();
  for (const each of lines) {
    const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t\x20-\x7e\x80-\xff]*)$/.exec(each) ?? [];
    if (name === '') throw new TypeError(`no header line: ${JSON.stringify(each.slice(0, 200))}`);
    headers.set(name.toLowerCase(), value);
  }
  return { status: Number(status), headers };
}

function readCounted(bytes: Buffer, start: number, headers: ReadonlyMap<string, string>): Body {
  const length = headers.get('content-length');
  // Without a length the body ends with the connection.
  const end = length === undefined ? bytes.byteLength : start + Number(length);
  return { body: bytes.subarray(start, end), end, isWhole: end <= bytes.byteLength };
}

function readChunks(bytes: Buffer, start: number): Body {
  const parts: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return { body: Buffer.concat(parts), end: bytes.byteLength, isWhole: false };
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) throw new TypeError('a chunk without a size');
    at = lineEnd + 2 + size + 2;
    if (at > bytes.byteLength) return { body: Buffer.concat(parts), end: bytes.byteLength, isWhole: false };
    if (size === 0) return { body: Buffer.concat(parts), end: at, isWhole: true };
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
  }
}
