import { type Fault, malformed } from '../fault.ts';
import { maxBlankLines } from '../limits.ts';
import { HeadScanner, notHttp, unfinished } from './head-scanner.ts';
import { HeaderBlock, readHeaderBlock } from './header-block.ts';
import { RequestLine } from './request-line.ts';

/** What `read` returns when the head is not there as a whole. */
export const incomplete = -1;
/** What `read` returns when there is no head; see `fault`. */
export const faulty = -2;

/** Where the request line, the headers and the empty line of a head begin; no headers when the line is none. */
interface HeadPlaces {
  readonly start: number;
  readonly blockAt: number;
  readonly end: number;
}

/**
 * Reads the heads of the requests of one connection.
 *
 * Most clients send nearly the same headers with each request: lines equal to those of the last request are not parsed again.
 *
 * Cost: a string for the target; for each other line two strings, and one record of headers unless all are the same.
 */
export class HeadReader {
  readonly line: RequestLine = new RequestLine();
  block: HeaderBlock = new HeaderBlock();
  fault: Fault | undefined = undefined;
  readonly #maxBytes: number;
  readonly #scanner = new HeadScanner();

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
    const blockAt = this.#scanner.isBegun ? -1 : this.line.read(bytes, start);
    if (blockAt > 0) {
      const bodyAt = blockAt + this.block.lines.bytes.length;
      if (bodyAt - at <= this.#maxBytes && this.block.lines.areAt(bytes, blockAt)) return this.#check(bodyAt);
    }
    const limit = at + this.#maxBytes;
    const end = this.#scanner.scan(bytes, start, Math.min(bytes.length, limit));
    if (end === unfinished) {
      if (bytes.length < limit) return incomplete;
      return this.#fail({ kind: 'head_too_large', detail: 'the request line and headers are too large' });
    }
    this.#scanner.restart();
    if (end === notHttp) return this.#fail(malformed('a byte stands in the head that cannot stand there'));
    return this.#parse(bytes, { start, blockAt: blockAt > 0 ? blockAt : this.line.read(bytes, start), end });
  }

  #parse(bytes: Buffer, { start, blockAt, end }: HeadPlaces): number {
    if (blockAt < 0) return this.#fail(malformed(faultOfLine(bytes, start)));
    const block = readHeaderBlock(bytes, { from: blockAt, to: end }, this.block);
    if (!(block instanceof HeaderBlock)) return this.#fail(block);
    this.block = block;
    return this.#check(end + 2);
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
