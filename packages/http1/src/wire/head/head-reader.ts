import { type Fault, malformed } from '../fault.ts';
import { maxBlankLines } from '../limits.ts';
import { HeadScanner, notHttp, unfinished } from './head-scanner.ts';
import { HeaderBlock, readHeaderBlock } from './header-block.ts';
import { RequestLine } from './request-line.ts';

/** What `read` returns when the head is not there as a whole. */
export const incomplete = -1;
/** What `read` returns when there is no head; see `fault`. */
export const faulty = -2;

/** Headers longer than this are not kept for the next request. */
const maxKeptBytes = 4_096;

/**
 * Reads the heads of the requests of one connection.
 *
 * Most clients send the same headers with each request: bytes equal to those of the last request are not parsed again.
 *
 * Cost: for such a request a string for its target; else two strings a header.
 */
export class HeadReader {
  readonly line: RequestLine = new RequestLine();
  block: HeaderBlock = new HeaderBlock();
  fault: Fault | undefined = undefined;
  readonly #maxBytes: number;
  readonly #scanner = new HeadScanner();
  /** The bytes that `block` was read from, with the empty line; none when they were too many. */
  #blockBytes: Buffer = Buffer.alloc(0);

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Reads a head; called again with more bytes from the same start when it is incomplete.
   *
   * @param at - where the head, or empty lines before it, begin.
   * @returns where the body begins, `incomplete` or `faulty`.
   */
  read(bytes: Buffer, at: number): number {
    const start = skipBlankLines(bytes, at);
    if (start < 0)
      return start === incomplete ? incomplete : this.#fail(malformed('too many empty lines, or half ones'));
    if (!this.#scanner.isBegun) {
      const blockAt = this.line.read(bytes, start);
      if (
        blockAt > 0 &&
        blockAt + this.#blockBytes.length - at <= this.#maxBytes &&
        this.#isSameBlock(bytes, blockAt)
      ) {
        return this.#check(blockAt + this.#blockBytes.length);
      }
    }
    const limit = at + this.#maxBytes;
    const end = this.#scanner.scan(bytes, start, Math.min(bytes.length, limit));
    if (end === unfinished) {
      if (bytes.length < limit) return incomplete;
      return this.#fail({ kind: 'head_too_large', detail: 'the request line and headers are too large' });
    }
    this.#scanner.restart();
    if (end === notHttp) return this.#fail(malformed('a byte stands in the head that cannot stand there'));
    return this.#parse(bytes, start, end);
  }

  #isSameBlock(bytes: Buffer, at: number): boolean {
    const { length } = this.#blockBytes;
    if (length === 0 || bytes.length - at < length) return false;
    return this.#blockBytes.compare(bytes, at, at + length) === 0;
  }

  #parse(bytes: Buffer, start: number, end: number): number {
    const blockAt = this.line.read(bytes, start);
    if (blockAt < 0) return this.#fail(malformed(faultOfLine(bytes, start)));
    const block = readHeaderBlock(bytes, { from: blockAt, to: end });
    if (!(block instanceof HeaderBlock)) return this.#fail(block);
    this.block = block;
    const bodyAt = end + 2;
    const isKept = bodyAt - blockAt <= maxKeptBytes;
    this.#blockBytes = isKept ? Buffer.from(bytes.subarray(blockAt, bodyAt)) : Buffer.alloc(0);
    return this.#check(bodyAt);
  }

  /** What depends on the version, which is not a matter of the headers. */
  #check(bodyAt: number): number {
    const { hasHost, isChunked } = this.block;
    if (this.line.minorVersion === 1) return hasHost ? bodyAt : this.#fail(malformed('the Host header is missing'));
    return isChunked ? this.#fail(malformed('the transfer coding of the body is not understood')) : bodyAt;
  }

  #fail(fault: Fault): number {
    this.fault = fault;
    return faulty;
  }
}

/** @returns where the request line begins, `incomplete` or `faulty`. */
function skipBlankLines(bytes: Buffer, at: number): number {
  let start = at;
  while (start < bytes.length && bytes[start] === 0x0d) {
    if (start - at >= 2 * maxBlankLines) return faulty;
    if (start + 1 === bytes.length) return incomplete;
    if (bytes[start + 1] !== 0x0a) return faulty;
    start += 2;
  }
  return start === bytes.length ? incomplete : start;
}

function faultOfLine(bytes: Buffer, start: number): string {
  const line = bytes.toString('latin1', start, bytes.indexOf(0x0d, start));
  return /^\S+ \S+ HTTP\/\d\.\d$/.test(line) && !/ HTTP\/1\.[01]$/.test(line)
    ? 'the version of HTTP is not 1.1'
    : 'the first line is no request line';
}
