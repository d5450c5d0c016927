import type { UnknownField } from '@bufbuild/protobuf';
import { Slab } from './slab.ts';

/** From this length on a text is quicker written by the runtime than here. */
const longText = 24;
const minInt64 = -(2n ** 63n);
const maxInt64 = 2n ** 63n - 1n;
const maxUint64 = 2n ** 64n - 1n;
/** Longer texts may have too many digits. */
const usualLong = /^-?\d{1,20}$/;
const scratch = new DataView(new ArrayBuffer(8));

/**
 * Writes the values of messages.
 *
 * It takes values of the type that their field has. At any other it gives up, and nothing is handed out: whoever sees
 * that asks the reference.
 */
export class ByteWriter extends Slab {
  tag(tag: number): void {
    this.reserve(5);
    if (tag < 0x80) this.memory[this.pos++] = tag;
    else this.#varint(tag);
  }

  /**
   * Leaves room for the length of what is written next.
   *
   * @param guess - bytes that the length will take; a right one saves a move.
   * @returns where that begins, for `close`.
   */
  open(guess: number): number {
    this.reserve(guess);
    this.pos += guess;
    return this.pos;
  }

  /** Writes the length of what was written since `open`; returns the bytes it took. */
  close(from: number, guess: number): number {
    const length = this.pos - from;
    const taken = varintBytes(length);
    if (taken !== guess) {
      this.reserve(taken);
      this.memory.copyWithin(from + taken - guess, from, this.pos);
    }
    this.pos = from - guess;
    this.#varint(length);
    this.pos += length;
    return taken;
  }

  unknown(fields: readonly UnknownField[]): void {
    for (const { no, wireType, data } of fields) {
      this.tag(((no << 3) | wireType) >>> 0);
      this.#raw(data);
    }
  }

  uint32(value: number): void {
    if (value !== value >>> 0) {
      this.giveUp();
      return;
    }
    this.reserve(5);
    if (value < 0x80) this.memory[this.pos++] = value;
    else this.#varint(value);
  }

  int32(value: number): void {
    if (value >= 0) {
      if (value === (value | 0)) this.uint32(value);
      else this.giveUp();
    } else if (value === (value | 0)) {
      this.#varint64(value, -1);
    } else {
      this.giveUp();
    }
  }

  sint32(value: number): void {
    if (value === (value | 0)) this.uint32(((value << 1) ^ (value >> 31)) >>> 0);
    else this.giveUp();
  }

  bool(value: boolean): void {
    if (typeof value !== 'boolean') this.giveUp();
    this.reserve(1);
    this.memory[this.pos++] = value ? 1 : 0;
  }

  int64(value: bigint): void {
    if (this.#putSigned(value)) this.#varint64(scratch.getInt32(0, true), scratch.getInt32(4, true));
  }

  uint64(value: bigint): void {
    if (this.#putUnsigned(value)) this.#varint64(scratch.getInt32(0, true), scratch.getInt32(4, true));
  }

  sint64(value: bigint): void {
    if (!this.#putSigned(value)) return;
    const low = scratch.getInt32(0, true);
    const high = scratch.getInt32(4, true);
    const sign = high >> 31;
    this.#varint64((low << 1) ^ sign, ((high << 1) | (low >>> 31)) ^ sign);
  }

  fixed32(value: number): void {
    if (value === value >>> 0) this.#word(value | 0);
    else this.giveUp();
  }

  sfixed32(value: number): void {
    if (value === (value | 0)) this.#word(value);
    else this.giveUp();
  }

  fixed64(value: bigint): void {
    if (this.#putUnsigned(value)) this.#scratch();
  }

  sfixed64(value: bigint): void {
    if (this.#putSigned(value)) this.#scratch();
  }

  float(value: number): void {
    if (typeof value !== 'number' || (Number.isFinite(value) && !Number.isFinite(Math.fround(value)))) this.giveUp();
    scratch.setFloat32(0, value, true);
    this.#word(scratch.getInt32(0, true));
  }

  double(value: number): void {
    if (typeof value !== 'number') this.giveUp();
    scratch.setFloat64(0, value, true);
    this.#scratch();
  }

  bytes(value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) {
      this.giveUp();
      return;
    }
    this.uint32(value.length);
    this.#raw(value);
  }

  string(value: string): void {
    if (typeof value !== 'string') {
      this.giveUp();
      return;
    }
    const { length } = value;
    // A unit of UTF-16 takes three bytes at most.
    this.reserve(length * 3 + 5);
    if (length >= longText || !this.#shortText(value)) this.#text(value);
  }

  /** The number that a text stands for. */
  long(text: string): bigint {
    if (usualLong.test(text)) return BigInt(text);
    this.giveUp();
    return 0n;
  }

  /** The number that the name of a property stands for. */
  number(key: string): number {
    return Number.parseInt(key);
  }

  /** The truth value that the name of a property stands for. */
  truth(key: string): boolean {
    if (key !== 'true' && key !== 'false') this.giveUp();
    return key === 'true';
  }

  /** Writes a short text; false when it is not ASCII, and nothing is written. */
  #shortText(value: string): boolean {
    const { memory } = this;
    const { length } = value;
    let at = this.pos;
    memory[at++] = length;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      memory[at++] = code;
    }
    this.pos = at;
    return true;
  }

  #text(value: string): void {
    const guess = varintBytes(value.length);
    const from = this.pos + guess;
    this.pos = from + this.memory.write(value, from);
    this.close(from, guess);
  }

  #putSigned(value: bigint): boolean {
    if (typeof value !== 'bigint' || value > maxInt64 || value < minInt64) {
      this.giveUp();
      return false;
    }
    scratch.setBigInt64(0, value, true);
    return true;
  }

  #putUnsigned(value: bigint): boolean {
    if (typeof value !== 'bigint' || value > maxUint64 || value < 0n) {
      this.giveUp();
      return false;
    }
    scratch.setBigUint64(0, value, true);
    return true;
  }

  #varint(value: number): void {
    const { memory } = this;
    let at = this.pos;
    let rest = value;
    while (rest > 0x7f) {
      memory[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    memory[at++] = rest;
    this.pos = at;
  }

  #varint64(low: number, high: number): void {
    this.reserve(10);
    const { memory } = this;
    let at = this.pos;
    let rest = low >>> 0;
    let above = high >>> 0;
    while (above !== 0 || rest > 0x7f) {
      memory[at++] = (rest & 0x7f) | 0x80;
      rest = ((rest >>> 7) | (above << 25)) >>> 0;
      above >>>= 7;
    }
    memory[at++] = rest;
    this.pos = at;
  }

  #word(value: number): void {
    this.reserve(4);
    const { memory } = this;
    const at = this.pos;
    memory[at] = value;
    memory[at + 1] = value >>> 8;
    memory[at + 2] = value >>> 16;
    memory[at + 3] = value >>> 24;
    this.pos = at + 4;
  }

  #scratch(): void {
    this.#word(scratch.getInt32(0, true));
    this.#word(scratch.getInt32(4, true));
  }

  #raw(data: Uint8Array): void {
    this.reserve(data.length);
    this.memory.set(data, this.pos);
    this.pos += data.length;
  }
}

function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}
