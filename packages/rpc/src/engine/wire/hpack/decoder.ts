import { BlockCache } from './block-cache.ts';
import { DecodedBlock } from './decoded-block.ts';
import { DynamicTable, fieldBytes } from './dynamic-table.ts';
import { HeaderField } from './header-field.ts';
import { decodeHuffman } from './huffman-decoder.ts';
import { staticTable } from './static-table.ts';

/** Why a block cannot be decoded; the connection ends with COMPRESSION_ERROR, because the tables are out of step. */
export type HpackFault =
  | 'truncated'
  | 'index_unknown'
  | 'integer_too_large'
  | 'huffman_malformed'
  | 'size_update_late'
  | 'size_update_too_large';

/** Settings of a decoder. */
export interface HpackDecoderOptions {
  /** `SETTINGS_HEADER_TABLE_SIZE` that we announced: the most that the peer's table may take. */
  readonly maxTableBytes: number;
  /** `SETTINGS_MAX_HEADER_LIST_SIZE` that we announced. */
  readonly maxListBytes: number;
}

/** Stands for a field after a fault, so that nothing needs to be undefined on the way out. */
const noField = new HeaderField('x', '');
/** Values of this size are compared with the last one before they are made a text again. */
const minRepeatedBytes = 64;
const maxRepeatedBytes = 4_096;

/**
 * Decodes header blocks of one direction of a connection (RFC 7541).
 *
 * A list that grows beyond its limit is not collected any further, but decoded to its end, so that a small block that
 * names one large entry a thousand times (an HPACK bomb) costs neither memory nor the connection.
 *
 * Cost: a short block that was seen before, while the table did not change, is one comparison of its bytes.
 */
export class HpackDecoder {
  readonly #table: DynamicTable;
  readonly #maxTableBytes: number;
  readonly #maxListBytes: number;
  readonly #cache = new BlockCache();
  #scratch: Buffer = Buffer.allocUnsafe(256);
  #input: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;
  #fault: HpackFault | undefined;
  /** The long field outside of the table that came last, and the bytes of its value: tokens are the same for a while. */
  #repeated: HeaderField | undefined;
  #repeatedBytes: Buffer = Buffer.alloc(0);

  constructor(options: HpackDecoderOptions) {
    this.#maxTableBytes = options.maxTableBytes;
    this.#maxListBytes = options.maxListBytes;
    this.#table = new DynamicTable(options.maxTableBytes);
  }

  /** Why the last block could not be decoded. */
  get fault(): HpackFault | undefined {
    return this.#fault;
  }

  /** Bytes that the table takes; never more than its limit. */
  get tableBytes(): number {
    return this.#table.bytes;
  }

  /** Decodes one complete block; undefined when it is malformed, see {@link HpackDecoder.fault}. */
  decode(input: Buffer, from: number, to: number): DecodedBlock | undefined {
    const revision = this.#table.revision;
    const known = this.#cache.find(input, { from, to }, revision);
    if (known !== undefined) return known;
    this.#input = input;
    this.#at = from;
    this.#end = to;
    const fields: HeaderField[] = [];
    let listBytes = 0;
    let isAtStart = true;
    let hasResized = false;
    while (this.#at < to) {
      const byte = input[this.#at]!;
      if ((byte & 0xe0) === 0x20) {
        this.#resize(this.#integer(0x1f), isAtStart);
        hasResized = true;
      } else {
        isAtStart = false;
        const field = this.#field(byte);
        listBytes += fieldBytes(field.name, field.value);
        if (listBytes <= this.#maxListBytes) fields.push(field);
      }
      if (this.#fault !== undefined) return undefined;
    }
    const block = new DecodedBlock(fields, listBytes > this.#maxListBytes);
    if (!hasResized && this.#table.revision === revision) this.#cache.keep(input, { from, to }, { revision, block });
    return block;
  }

  #field(byte: number): HeaderField {
    if (byte & 0x80) return this.#indexed(this.#integer(0x7f));
    const isIndexing = (byte & 0x40) !== 0;
    const nameIndex = this.#integer(isIndexing ? 0x3f : 0x0f);
    const name = nameIndex === 0 ? this.#text() : this.#indexed(nameIndex).name;
    if (!isIndexing && this.#repeated?.name === name && this.#isRepeated()) return this.#repeated;
    const valueAt = this.#at;
    const value = this.#text();
    if (this.#fault !== undefined) return noField;
    const field = new HeaderField(name, value);
    if (!isIndexing && value.length >= minRepeatedBytes && value.length <= maxRepeatedBytes) {
      this.#repeated = field;
      this.#repeatedBytes = Buffer.from(this.#input.subarray(valueAt, this.#at));
    }
    if (isIndexing) this.#table.add(field);
    return field;
  }

  /** Whether the value that comes is, byte for byte, the long one that came last; it is read then. */
  #isRepeated(): boolean {
    const bytes = this.#repeatedBytes;
    const to = this.#at + bytes.length;
    if (to > this.#end || bytes.compare(this.#input, this.#at, to) !== 0) return false;
    this.#at = to;
    return true;
  }

  #indexed(index: number): HeaderField {
    const field = index <= staticTable.length ? staticTable[index - 1] : this.#table.at(index - staticTable.length - 1);
    return field ?? this.#fail('index_unknown', noField);
  }

  /** Table-size updates stand before the first field only (RFC 7541 section 4.2). */
  #resize(bytes: number, isAtStart: boolean): void {
    if (!isAtStart) this.#fail('size_update_late', undefined);
    else if (bytes > this.#maxTableBytes) this.#fail('size_update_too_large', undefined);
    else this.#table.resize(bytes);
  }

  /** Reads an integer whose first bits share a byte with a pattern (RFC 7541 section 5.1); at most 2^28. */
  #integer(prefixMask: number): number {
    if (this.#at >= this.#end) return this.#fail('truncated', 0);
    let value = this.#input[this.#at++]! & prefixMask;
    if (value < prefixMask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      if (this.#at >= this.#end) return this.#fail('truncated', 0);
      const byte = this.#input[this.#at++]!;
      value += (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
    return this.#fail('integer_too_large', 0);
  }

  #text(): string {
    if (this.#at >= this.#end) return this.#fail('truncated', '');
    const isHuffman = (this.#input[this.#at]! & 0x80) !== 0;
    const length = this.#integer(0x7f);
    const from = this.#at;
    const to = from + length;
    if (to > this.#end) return this.#fail('truncated', '');
    this.#at = to;
    if (!isHuffman) return this.#input.toString('latin1', from, to);
    // The shortest code has 5 bits.
    const most = Math.ceil((length * 8) / 5);
    if (this.#scratch.length < most) this.#scratch = Buffer.allocUnsafe(most * 2);
    const end = decodeHuffman(this.#input, { from, to }, this.#scratch);
    return end < 0 ? this.#fail('huffman_malformed', '') : this.#scratch.toString('latin1', 0, end);
  }

  /** Notes the first fault and ends the reading. */
  #fail<T>(fault: HpackFault, instead: T): T {
    this.#fault ??= fault;
    this.#at = this.#end;
    return instead;
  }
}
