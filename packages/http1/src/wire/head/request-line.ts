import { METHODS } from 'node:http';
import { isHost } from '../../host.ts';
import { targetBytes, tokenBytes } from './byte-classes.ts';

const methods: ReadonlySet<string> = new Set(METHODS);
const maxMethodBytes = 32;
const space = 0x20;
const slash = 0x2f;
const zero = 0x30;
/** `HTTP/1.`, between the space behind the target and the digit. */
const protocol = Buffer.from(' HTTP/1.', 'latin1');

/** The first line of a request, taken apart; holds the last one that was read. */
export class RequestLine {
  method = 'GET';
  target = '/';
  /** 0 or 1. */
  minorVersion = 1;
  /** Host and port of a target in absolute form; it stands above the `Host` header (RFC 9112 section 3.2.2). */
  authority: string | undefined = undefined;

  /**
   * Reads a line.
   *
   * @returns where the next line begins; -1 when the line is not well formed, or not there as a whole.
   */
  read(bytes: Buffer, at: number): number {
    const targetAt = this.#readMethod(bytes, at);
    if (targetAt < 0) return -1;
    const end = bytes.length;
    let to = targetAt;
    while (to < end && targetBytes[bytes[to] as number] === 1) to += 1;
    if (to === targetAt || end - to < protocol.length + 3) return -1;
    for (let i = 0; i < protocol.length; i++) if (bytes[to + i] !== protocol[i]) return -1;
    const minor = (bytes[to + protocol.length] as number) - zero;
    const lineEnd = to + protocol.length + 1;
    if ((minor !== 1 && minor !== 0) || bytes[lineEnd] !== 0x0d || bytes[lineEnd + 1] !== 0x0a) return -1;
    this.minorVersion = minor;
    this.target = bytes.toString('latin1', targetAt, to);
    this.authority = undefined;
    const isOrigin = bytes[targetAt] === slash;
    if (isOrigin ? this.method === 'CONNECT' : !this.#isOtherForm()) return -1;
    return lineEnd + 2;
  }

  /** @returns where the target begins; -1 when no method of HTTP and one space stand there. */
  #readMethod(bytes: Buffer, at: number): number {
    // The usual one, without a string of its own.
    if (
      at + 4 < bytes.length &&
      bytes[at] === 0x47 &&
      bytes[at + 1] === 0x45 &&
      bytes[at + 2] === 0x54 &&
      bytes[at + 3] === space
    ) {
      this.method = 'GET';
      return at + 4;
    }
    const limit = Math.min(bytes.length, at + maxMethodBytes + 1);
    let to = at;
    while (to < limit && tokenBytes[bytes[to] as number] === 1) to += 1;
    if (to >= limit || bytes[to] !== space) return -1;
    this.method = bytes.toString('latin1', at, to);
    return methods.has(this.method) ? to + 1 : -1;
  }

  /** RFC 9112 section 3.2: absolute form for any method, authority form for CONNECT alone, `*` for OPTIONS alone. */
  #isOtherForm(): boolean {
    const { method, target } = this;
    if (method === 'CONNECT') return /:\d+$/.test(target) && !target.startsWith(':') && isHost(target);
    if (target === '*') return method === 'OPTIONS';
    const authority = /^https?:\/\/([^/?]+)/i.exec(target)?.[1];
    this.authority = authority;
    return authority !== undefined && !authority.startsWith(':') && isHost(authority);
  }
}
