import { isHost } from '../../host.ts';
import type { HttpHeaders } from '../../http-server.ts';
import { type Fault, malformed } from '../fault.ts';
import { maxFieldCount } from '../limits.ts';
import { areAll, tokenBytes } from './byte-classes.ts';
import { type FieldRole, type KnownField, knownFields, roleOf } from './known-fields.ts';

const colon = 0x3a;
const carriageReturn = 0x0d;
const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09;

/** No digit more, so that it is a safe integer. */
const lengthShape = /^\d{1,15}$/;

/**
 * The headers of a request, and what they say to the server; never changed once read, so that a connection whose next
 * request has the same bytes uses it again.
 */
export class HeaderBlock {
  readonly headers: Record<string, string | undefined> = Object.create(null);
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
  #fieldCount = 0;

  /**
   * Takes one line.
   *
   * @param range - from its first byte to its CRLF; no control characters but tabs between.
   */
  addLine(bytes: Buffer, range: { readonly from: number; readonly to: number }): Fault | undefined {
    const field = parseField(bytes, range);
    if (field === undefined) return malformed('a line of the head is no header');
    this.#fieldCount += 1;
    if (this.#fieldCount > maxFieldCount) {
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

  /** Checks what can only be said of all lines together. */
  finish(): Fault | undefined {
    if (this.isChunked && this.contentLength !== undefined) {
      return malformed('the body has a length and a transfer coding');
    }
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
  return Object.assign(Object.create(null), headers, { host });
}

interface Field extends KnownField {
  readonly value: string;
}

/** Takes a line apart: a token, a colon with nothing before it, a value without the blanks around it (RFC 9112 section 5). */
export function parseField(
  bytes: Buffer,
  { from, to }: { readonly from: number; readonly to: number },
): Field | undefined {
  let nameEnd = from;
  while (nameEnd < to && bytes[nameEnd] !== colon) nameEnd += 1;
  if (nameEnd === from || nameEnd === to) return undefined;
  let start = nameEnd + 1;
  let end = to;
  while (start < end && isBlank(bytes[start])) start += 1;
  while (end > start && isBlank(bytes[end - 1])) end -= 1;
  const spelled = bytes.toString('latin1', from, nameEnd);
  const value = bytes.toString('latin1', start, end);
  const known = knownFields.get(spelled);
  if (known !== undefined) return { name: known.name, role: known.role, value };
  if (!areAll(tokenBytes, bytes, { from, to: nameEnd })) return undefined;
  const name = spelled.toLowerCase();
  return { name, role: roleOf(name), value };
}

/**
 * Reads the lines between a request line and an empty line.
 *
 * @param range - from the first byte of the first line to the first byte of the empty one; every line ends with CRLF.
 */
export function readHeaderBlock(
  bytes: Buffer,
  { from, to }: { readonly from: number; readonly to: number },
): HeaderBlock | Fault {
  const block = new HeaderBlock();
  for (let at = from; at < to; ) {
    let end = at;
    while (bytes[end] !== carriageReturn) end += 1;
    const fault = block.addLine(bytes, { from: at, to: end });
    if (fault !== undefined) return fault;
    at = end + 2;
  }
  return block.finish() ?? block;
}
