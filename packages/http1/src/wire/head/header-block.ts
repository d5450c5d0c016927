import { isHost } from '../../host.ts';
import type { HttpHeaders } from '../../http-server.ts';
import { type Fault, malformed } from '../fault.ts';
import { maxFieldCount } from '../limits.ts';
import { type Field, parseField, type Range } from './field.ts';
import { FieldLines } from './field-lines.ts';
import { HeaderRecord } from './header-record.ts';
import type { FieldRole } from './known-fields.ts';

const carriageReturn = 0x0d;
/** No digit more, so that it is a safe integer. */
const lengthShape = /^\d{1,15}$/;

/**
 * The headers of a request, and what they say to the server; never changed once read, so that a connection whose next
 * request has the same bytes uses it again.
 */
export class HeaderBlock {
  readonly headers: HeaderRecord = new HeaderRecord();
  hasHost = false;
  /** Undefined without a `Content-Length`. */
  contentLength: number | undefined = undefined;
  isChunked = false;
  /** Tokens of `Connection`. */
  saysClose = false;
  saysKeepAlive = false;
  saysUpgrade = false;
  expectsContinue = false;
  isForWebSocket = false;
  readonly lines: FieldLines = new FieldLines();

  /** @param start - where its line begins, counted from the first one. */
  add(field: Field, start: number): Fault | undefined {
    this.lines.add(field, start);
    if (this.lines.count > maxFieldCount) {
      return { kind: 'head_too_large', detail: `there are more than ${maxFieldCount} headers` };
    }
    const { name, role, value } = field;
    const before = this.headers[name];
    const fault = role === 'plain' ? undefined : this.#heed(role, value, before !== undefined);
    if (fault !== undefined) return malformed(fault);
    if (before === undefined) this.headers[name] = value;
    else this.headers[name] = `${before}${role === 'cookie' ? '; ' : ', '}${value}`;
    return undefined;
  }

  /**
   * Checks what can only be said of all lines together.
   *
   * @param bytes - of all lines and the empty one.
   */
  finish(bytes: Buffer): Fault | undefined {
    if (this.isChunked && this.contentLength !== undefined) {
      return malformed('the body has a length and a transfer coding');
    }
    this.lines.keep(bytes);
    return undefined;
  }

  /** @returns what is wrong. */
  #heed(role: FieldRole, value: string, isRepeated: boolean): string | undefined {
    switch (role) {
      case 'host':
        this.hasHost = true;
        return isRepeated || !isHost(value) ? 'the Host header names no host, or more than one' : undefined;
      case 'length':
        this.contentLength = Number(value);
        return isRepeated || !lengthShape.test(value) ? 'the length of the body is not one number' : undefined;
      case 'coding':
        this.isChunked = true;
        return isRepeated || value.toLowerCase() !== 'chunked'
          ? 'the transfer coding of the body is not understood'
          : undefined;
      case 'connection':
        this.#heedConnection(value);
        return undefined;
      case 'expect':
        if (value.toLowerCase() === '100-continue') this.expectsContinue = true;
        return undefined;
      case 'upgrade':
        this.isForWebSocket = !isRepeated && value.toLowerCase() === 'websocket';
        return undefined;
      case 'plain':
      case 'cookie':
        return undefined;
    }
  }

  #heedConnection(value: string): void {
    for (const token of value.toLowerCase().split(',')) {
      const word = token.trim();
      if (word === 'close') this.saysClose = true;
      else if (word === 'keep-alive') this.saysKeepAlive = true;
      else if (word === 'upgrade') this.saysUpgrade = true;
    }
  }
}

/** The same headers under another host. */
export function underHost(headers: HttpHeaders, host: string): HttpHeaders {
  return Object.assign(new HeaderRecord(), headers, { host });
}

/**
 * Reads the lines between a request line and an empty line.
 *
 * @param range - from the first byte of the first line to the first byte of the empty one; every line ends with CRLF, and no
 * control characters but tabs stand in any.
 * @param before - headers read before; their lines are not taken apart again where they come again.
 */
export function readHeaderBlock(bytes: Buffer, { from, to }: Range, before: HeaderBlock): HeaderBlock | Fault {
  const block = new HeaderBlock();
  for (let at = from, index = 0; at < to; index++) {
    let end = before.lines.endOfLineAt(index, bytes, at);
    let field = end < 0 ? undefined : before.lines.field(index);
    if (field === undefined) {
      end = at;
      while (bytes[end] !== carriageReturn) end += 1;
      field = parseField(bytes, { from: at, to: end });
      if (field === undefined) return malformed('a line of the head is no header');
    }
    const fault = block.add(field, at - from);
    if (fault !== undefined) return fault;
    at = end + 2;
  }
  return block.finish(bytes.subarray(from, to + 2)) ?? block;
}
