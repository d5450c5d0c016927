import { Buffer } from 'node:buffer';

const slabBytes = 65_536;
/** With less room than this a message begins in a new slab. */
const minRoomBytes = 4_096;

/**
 * Memory that messages are written to one behind the other, and never twice, so that what was handed out stays.
 *
 * Cost: 64 KiB now and then. Bytes that are kept keep their slab; a message that is larger than a slab is copied into
 * memory of its own.
 */
export class Slab {
  /** What is written to, from `pos` on. */
  protected memory: Buffer = Buffer.allocUnsafeSlow(slabBytes);
  protected pos = 0;
  #start = 0;
  #hasGivenUp = false;

  begin(): void {
    if (this.memory.length - this.pos < minRoomBytes) this.#turnOver();
    this.#start = this.pos;
    this.#hasGivenUp = false;
  }

  /** @returns the message; undefined after giving up. */
  finish(): Buffer | undefined {
    const start = this.#start;
    if (this.#hasGivenUp) {
      this.pos = start;
      return undefined;
    }
    const written = this.memory.subarray(start, this.pos);
    if (this.memory.length === slabBytes) return written;
    this.#turnOver();
    return Buffer.from(written);
  }

  /** What is being written is not handed out. */
  giveUp(): void {
    this.#hasGivenUp = true;
  }

  /** Makes sure of room; the message keeps its place, so that places that are known stay right. */
  protected reserve(bytes: number): void {
    if (this.pos + bytes > this.memory.length) this.#grow(bytes);
  }

  #grow(bytes: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(this.memory.length * 2, this.pos + bytes));
    this.memory.copy(grown, this.#start, this.#start, this.pos);
    this.memory = grown;
  }

  #turnOver(): void {
    this.memory = Buffer.allocUnsafeSlow(slabBytes);
    this.pos = 0;
  }
}
