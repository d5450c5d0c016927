import { type Fault, malformed } from '../fault.ts';
import { parseField } from '../head/field.ts';
import { roleOf } from '../head/known-fields.ts';
import { maxChunkExtrasBytes } from '../limits.ts';

/** Takes the content of a body as it is decoded. */
export interface BodySink {
  push(bytes: Buffer): void;
}

const wrongChunks = malformed('the chunks of the body are not well formed');
const wrongExtras = malformed('extensions or trailers of chunks are too long, or cannot stand there');

/** In which part of a chunked body the next byte lies. */
type Part = 'size' | 'content' | 'content-end' | 'trailers' | 'over';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** The longest line of a size with its extensions, and of a trailer field. */
const maxLineBytes = 1_024;

const token = "[\\w!#$%&'*+.^`|~-]+";
const quoted = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\t\\x20-\\x7e])*"';
/** At most 8 digits, and extensions without blanks (RFC 9112 section 7.1.1). */
const sizeLine = new RegExp(`^([0-9a-fA-F]{1,8})((?:;${token}(?:=(?:${token}|${quoted}))?)*)$`);
/** What can still become one. */
const beginsSizeLine = /^[0-9a-fA-F]{0,8}($|[;\r])/;
/** What may stand in a line of trailers. */
const fieldLine = /^[\t\x20-\x7e\x80-\xff]+$/;

/**
 * Decodes a body in chunks (RFC 9112 section 7.1): every line ends with CRLF, extensions and trailers are checked, counted and
 * dropped.
 *
 * Goes on in the middle of anything, so the content does not depend on how the bytes are cut.
 */
export class ChunkedDecoder {
  fault: Fault | undefined = undefined;
  #part: Part = 'size';
  /** A line that has begun, without its end. */
  #line = '';
  #left = 0;
  #extrasBytes = 0;

  get isOver(): boolean {
    return this.#part === 'over';
  }

  /**
   * Decodes bytes from a position on.
   *
   * @returns the position behind what belongs to the body; the end of the bytes unless it is over or faulty.
   */
  decode(bytes: Buffer, at: number, sink: BodySink): number {
    let next = at;
    while (next < bytes.length && this.#part !== 'over' && this.fault === undefined) {
      if (this.#part === 'content') next = this.#content(bytes, next, sink);
      else if (this.#part === 'content-end') next = this.#contentEnd(bytes, next);
      else next = this.#readLine(bytes, next);
    }
    return next;
  }

  #content(bytes: Buffer, at: number, sink: BodySink): number {
    const end = Math.min(bytes.length, at + this.#left);
    sink.push(bytes.subarray(at, end));
    this.#left -= end - at;
    if (this.#left === 0) {
      this.#part = 'content-end';
      this.#left = 2;
    }
    return end;
  }

  #contentEnd(bytes: Buffer, at: number): number {
    const expected = this.#left === 2 ? carriageReturn : lineFeed;
    if (bytes[at] !== expected) this.fault = wrongChunks;
    this.#left -= 1;
    if (this.#left === 0) this.#part = 'size';
    return at + 1;
  }

  #readLine(bytes: Buffer, at: number): number {
    const found = bytes.indexOf(lineFeed, at);
    const end = found < 0 ? bytes.length : found;
    const isTooLong = this.#line.length + end - at > maxLineBytes;
    // Of a line that is too long no more than that is looked at, wherever it was cut.
    this.#line += bytes.toString('latin1', at, isTooLong ? at + maxLineBytes + 1 - this.#line.length : end);
    if (isTooLong) {
      this.fault = wrongChunks;
    } else if (found < 0) {
      if (this.#part === 'size' && !beginsSizeLine.test(this.#line)) this.fault = wrongChunks;
    } else {
      const isWhole = this.#line.endsWith('\r');
      const line = this.#line.slice(0, -1);
      this.#line = '';
      if (!isWhole) this.fault = wrongChunks;
      else if (this.#part === 'size') this.#beginChunk(line);
      else this.#takeTrailer(line);
    }
    return found < 0 ? end : end + 1;
  }

  #beginChunk(line: string): void {
    const [, digits, extensions = ''] = sizeLine.exec(line) ?? [];
    if (digits === undefined) {
      this.fault = wrongChunks;
      return;
    }
    if (!this.#countExtras(extensions.length)) return;
    this.#left = Number.parseInt(digits, 16);
    this.#part = this.#left === 0 ? 'trailers' : 'content';
  }

  #takeTrailer(line: string): void {
    if (line === '') {
      this.#part = 'over';
      return;
    }
    if (!this.#countExtras(line.length)) return;
    const bytes = Buffer.from(line, 'latin1');
    const field = fieldLine.test(line) ? parseField(bytes, { from: 0, to: bytes.length }) : undefined;
    if (field === undefined) this.fault = wrongExtras;
    // Whoever took one of these would see another request.
    else if (roleOf(field.name) !== 'plain') this.fault = wrongExtras;
  }

  #countExtras(bytes: number): boolean {
    this.#extrasBytes += bytes;
    if (this.#extrasBytes <= maxChunkExtrasBytes) return true;
    this.fault = wrongExtras;
    return false;
  }
}
