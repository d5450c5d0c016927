import { Buffer } from 'node:buffer';
import type { Message } from '@bufbuild/protobuf';
import { getTextEncoding } from '@bufbuild/protobuf/wire';

/** A place behind every end; a reader that stands there has given up. */
const nowhere = 2 ** 30;
/** Up to this length a text is cheaper to put together here than to ask the runtime for. */
const shortTextBytes = 12;
/** Room for the codes of a short text, one for each length. */
const codesOfLength = Array.from({ length: shortTextBytes + 1 }, (_, length) => Array.from({ length }, () => 0));
const replacement = '\ufffd';
const scratch = new DataView(new ArrayBuffer(8));
const noBytes = Buffer.alloc(0);

/**
 * Reads what stands in the bytes of one message after the other.
 *
 * It takes what is well formed and usual. At anything else it gives up: it goes to a place behind every end, so each
 * loop that reads up to an end stops, and none finds itself at its end. Whoever sees that asks the reference.
 */
export class ByteReader {
  pos = 0;
  #bytes: Uint8Array = noBytes;
  /** The same bytes, with Node's methods for texts. */
  #buffer: Buffer = noBytes;
  #length = 0;

  /** @param bytes - fewer than 2^30, which the caller sees to. */
  begin(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#length = bytes.length;
    this.pos = 0;
  }

  /** Lets the bytes go. */
  end(): void {
    this.#bytes = noBytes;
    this.#buffer = noBytes;
  }

  giveUp(): void {
    this.pos = nowhere;
  }

  /** Reads the length of something inside of what ends at `outerEnd`, and says where it ends. */
  innerEnd(outerEnd: number): number {
    const length = this.uint32();
    const end = this.pos + length;
    if (end <= outerEnd) return end;
    this.giveUp();
    return 0;
  }

  tag(): number {
    const first = this.#bytes[this.pos++]!;
    return first < 0x80 ? first : this.#longTag(first);
  }

  /** Keeps a field that the message does not know; a known one in another form is not ours to judge. */
  unknown(message: Message, tag: number, numbers: ReadonlySet<number>): void {
    const no = tag >>> 3;
    const wireType = tag & 7;
    if (no === 0 || numbers.has(no)) {
      this.giveUp();
      return;
    }
    const from = this.pos;
    if (wireType === 0) this.#longVarint(0x80);
    else if (wireType === 1) this.pos += 8;
    else if (wireType === 2) this.#skipCounted();
    else if (wireType === 5) this.pos += 4;
    else this.giveUp();
    if (this.pos > this.#length) {
      this.giveUp();
      return;
    }
    message.$unknown ??= [];
    message.$unknown.push({ no, wireType, data: this.#bytes.subarray(from, this.pos) });
  }

  uint32(): number {
    const first = this.#bytes[this.pos++]!;
    return first < 0x80 ? first : this.#longVarint(first);
  }

  int32(): number {
    return this.uint32() | 0;
  }

  sint32(): number {
    const coded = this.uint32();
    return (coded >>> 1) ^ -(coded & 1);
  }

  bool(): boolean {
    const byte = this.#bytes[this.pos++]!;
    if (byte < 0x80) return byte !== 0;
    this.giveUp();
    return false;
  }

  int64(): bigint {
    this.#varint64();
    return scratch.getBigInt64(0, true);
  }

  uint64(): bigint {
    this.#varint64();
    return scratch.getBigUint64(0, true);
  }

  sint64(): bigint {
    this.#varint64();
    const low = scratch.getInt32(0, true);
    const high = scratch.getInt32(4, true);
    const sign = -(low & 1);
    scratch.setInt32(0, ((low >>> 1) | (high << 31)) ^ sign, true);
    scratch.setInt32(4, (high >>> 1) ^ sign, true);
    return scratch.getBigInt64(0, true);
  }

  fixed32(): number {
    return this.sfixed32() >>> 0;
  }

  sfixed32(): number {
    const bytes = this.#bytes;
    const at = this.pos;
    this.pos = at + 4;
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }

  fixed64(): bigint {
    this.#eightBytes();
    return scratch.getBigUint64(0, true);
  }

  sfixed64(): bigint {
    this.#eightBytes();
    return scratch.getBigInt64(0, true);
  }

  float(): number {
    scratch.setInt32(0, this.sfixed32(), true);
    return scratch.getFloat32(0, true);
  }

  double(): number {
    this.#eightBytes();
    return scratch.getFloat64(0, true);
  }

  bytes(): Uint8Array {
    const length = this.uint32();
    const from = this.pos;
    this.pos = from + length;
    if (this.pos <= this.#length) return this.#bytes.subarray(from, this.pos);
    this.giveUp();
    return noBytes;
  }

  /**
   * Reads a text.
   *
   * @param isStrict - refuses what is not UTF-8; otherwise it is replaced.
   * @throws TypeError when it is refused, the same that the reference throws.
   */
  string(isStrict: boolean): string {
    const length = this.uint32();
    const from = this.pos;
    const end = from + length;
    if (end > this.#length) {
      this.giveUp();
      return '';
    }
    this.pos = end;
    return length <= shortTextBytes ? this.#shortText(from, isStrict) : this.#text(from, isStrict);
  }

  #shortText(from: number, isStrict: boolean): string {
    const bytes = this.#bytes;
    const length = this.pos - from;
    const codes = codesOfLength[length]!;
    for (let i = 0; i < length; i++) {
      const code = bytes[from + i]!;
      if (code > 0x7f) return this.#text(from, isStrict);
      codes[i] = code;
    }
    return String.fromCharCode.apply(String, codes);
  }

  #text(from: number, isStrict: boolean): string {
    const text = this.#buffer.toString('utf8', from, this.pos);
    if (!text.includes(replacement)) return text;
    return getTextEncoding().decodeUtf8(this.#bytes.subarray(from, this.pos), isStrict);
  }

  #skipCounted(): void {
    const length = this.uint32();
    this.pos += length;
  }

  #longTag(first: number): number {
    const from = this.pos;
    const tag = this.#longVarint(first);
    const more = this.pos - from;
    if (more > 4 || (more === 4 && this.#bytes[this.pos - 1]! > 0x0f)) this.giveUp();
    return tag;
  }

  /** The rest of a number whose first byte says that more follow; of more than 32 bits the lowest. */
  #longVarint(first: number): number {
    const bytes = this.#bytes;
    let at = this.pos;
    let value = first & 0x7f;
    let byte = first;
    for (let shift = 7; byte >= 0x80 && shift < 70; shift += 7) {
      byte = bytes[at++]!;
      if (shift < 35) value |= (byte & 0x7f) << shift;
    }
    this.pos = byte < 0x80 ? at : nowhere;
    return value >>> 0;
  }

  #varint64(): void {
    const bytes = this.#bytes;
    let at = this.pos;
    let low = 0;
    let high = 0;
    let byte = 0x80;
    for (let shift = 0; byte >= 0x80 && shift < 70; shift += 7) {
      byte = bytes[at++]!;
      if (shift < 28) low |= (byte & 0x7f) << shift;
      else if (shift > 28) high |= (byte & 0x7f) << (shift - 32);
      else {
        low |= byte << 28;
        high = (byte & 0x70) >> 4;
      }
    }
    this.pos = byte < 0x80 ? at : nowhere;
    scratch.setInt32(0, low, true);
    scratch.setInt32(4, high, true);
  }

  #eightBytes(): void {
    scratch.setInt32(0, this.sfixed32(), true);
    scratch.setInt32(4, this.sfixed32(), true);
  }
}
