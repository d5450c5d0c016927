/** What a scan found when it is not where the head ends. */
export const unfinished = -1;
export const notHttp = -2;

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/**
 * Looks for the empty line that ends a head, and for bytes that can stand in none: control characters but tabs, and a CR or
 * LF that is not part of a CRLF.
 *
 * Goes on where it was when more bytes are there, so a head costs one look at each byte however it is cut.
 */
export class HeadScanner {
  /** Both from the start of the head. */
  #scanned = 0;
  #lineStart = 0;

  /** Whether a head has been begun. */
  get isBegun(): boolean {
    return this.#scanned > 0;
  }

  restart(): void {
    this.#scanned = 0;
    this.#lineStart = 0;
  }

  /**
   * @param start - where the head begins.
   * @param to - where to stop.
   * @returns where the empty line begins, or `unfinished`, or `notHttp`.
   */
  scan(bytes: Buffer, start: number, to: number): number {
    let at = start + this.#scanned;
    for (; at < to; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x20 ? byte !== 0x7f : byte === 0x09) continue;
      if (byte !== carriageReturn) return notHttp;
      if (at + 1 === to) break;
      if (bytes[at + 1] !== lineFeed) return notHttp;
      if (at - start === this.#lineStart) return at;
      at += 1;
      this.#lineStart = at + 1 - start;
    }
    this.#scanned = at - start;
    return unfinished;
  }
}
