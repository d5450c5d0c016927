import { smallPartBytes } from '../limits.ts';

/** Small parts are gathered in buffers of this size. */
const gatherBytes = 8_192;
const nothing = new Uint8Array(0);

/**
 * Pieces of a body in their order; small ones share a buffer.
 *
 * Cost: memory of at most twice the bytes held, into however many pieces they came.
 */
export class HeldParts {
  byteLength = 0;
  #parts: Buffer[] = [];
  /** The buffer that small pieces go to, and up to where it is filled; its filled part is the last of `#parts` when open. */
  #gather: Buffer | undefined;
  #gatherStart = 0;
  #gatherEnd = 0;

  push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.byteLength += bytes.length;
    // The first piece is most often the only one.
    if (bytes.length >= smallPartBytes || this.#parts.length === 0) {
      this.#parts.push(bytes);
      this.#gatherStart = this.#gatherEnd;
      return;
    }
    if (this.#gather === undefined || this.#gatherEnd + bytes.length > gatherBytes) {
      this.#gather = Buffer.allocUnsafeSlow(gatherBytes);
      this.#gatherStart = 0;
      this.#gatherEnd = 0;
    }
    const isOpen = this.#gatherEnd > this.#gatherStart;
    this.#gather.set(bytes, this.#gatherEnd);
    this.#gatherEnd += bytes.length;
    const filled = this.#gather.subarray(this.#gatherStart, this.#gatherEnd);
    if (isOpen) this.#parts[this.#parts.length - 1] = filled;
    else this.#parts.push(filled);
  }

  /** All of it as one; nothing is held any more. */
  takeAll(): Uint8Array {
    const parts = this.#parts;
    this.clear();
    return parts.length === 0 ? nothing : parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  clear(): void {
    this.byteLength = 0;
    this.#parts = [];
    this.#gather = undefined;
    this.#gatherStart = 0;
    this.#gatherEnd = 0;
  }
}
