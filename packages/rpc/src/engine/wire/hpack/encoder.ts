import { DynamicTable, fieldBytes } from './dynamic-table.ts';
import { HeaderField } from './header-field.ts';
import { encodeHuffman, huffmanBytes } from './huffman-encoder.ts';
import { staticTable } from './static-table.ts';

const staticFields = new Map<string, number>();
const staticNames = new Map<string, number>();
staticTable.forEach(({ name, value }, i) => {
  staticFields.set(`${name}\0${value}`, i + 1);
  if (!staticNames.has(name)) staticNames.set(name, i + 1);
});

/** Largest table of ours, whatever the peer allows: what routes and fixed fields of one connection need. */
const ownMaxTableBytes = 4_096;
/** The size of the peer's table until its SETTINGS say otherwise. */
const defaultTableBytes = 4_096;
/** Secrets of this size are copied as bytes when they come again; beyond it they are no tokens of ours. */
const minRepeatedBytes = 64;
const maxRepeatedBytes = 4_096;
/** Room that a block's beginning and each field need beyond their text. */
const overheadBytes = 12;

/**
 * Encodes header blocks of one direction of a connection (RFC 7541).
 *
 * The table holds fixed fields, each entered once, so that after the first calls a block is a byte or two for each of
 * them. A field that no longer fits is written plain instead of pushing others out: a table that churns costs both
 * ends more than it saves.
 */
export class HpackEncoder {
  readonly #table = new DynamicTable(Math.min(defaultTableBytes, ownMaxTableBytes));
  /** Fields of the table by their number of entry, counted from 1. */
  readonly #entered = new Map<string, number>();
  readonly #enteredNames = new Map<string, number>();
  #enteredCount = 0;
  /** The long secret that was written last, and its bytes. */
  #repeated = '';
  #repeatedBytes: Uint8Array = new Uint8Array(0);
  /** Size to announce at the start of the next block. */
  #announce: number | undefined;

  /** Changes whenever a block written before may no longer be valid. */
  get tableRevision(): number {
    return this.#announce === undefined ? this.#table.revision : -1;
  }

  /** Takes the peer's `SETTINGS_HEADER_TABLE_SIZE`; the next block announces the change. */
  setPeerTableBytes(bytes: number): void {
    const next = Math.min(bytes, ownMaxTableBytes);
    if (next === this.#table.maxBytes) return;
    this.#announce = next;
    // Our entries are never dropped one by one, so that numbers stay easy: begin anew instead.
    this.#table.resize(0);
    this.#table.resize(next);
    this.#entered.clear();
    this.#enteredNames.clear();
    this.#enteredCount = 0;
  }

  /** Bytes that a field may take at most; the beginning of a block takes as many as an empty field. */
  static roomFor(name: string, value: string): number {
    return name.length + value.length + overheadBytes;
  }

  /** Writes what must stand before the first field of a block; returns where it ends. */
  begin(into: Uint8Array, at: number): number {
    if (this.#announce === undefined) return at;
    // An empty table in between, because both ends dropped everything (RFC 7541 section 4.2).
    const emptied = writeTableSize(into, at, 0);
    const end = writeTableSize(into, emptied, this.#announce);
    this.#announce = undefined;
    return end;
  }

  /** Writes a field that comes again and enters the table when it fits. */
  fixed(into: Uint8Array, at: number, [name, value]: readonly [string, string]): number {
    const key = `${name}\0${value}`;
    const index = this.#indexOf(key);
    if (index !== 0) return writeIndexed(into, at, index);
    return this.#literal(into, at, { name, value, key: this.#fits(name, value, 1) ? key : undefined });
  }

  /**
   * Writes a field whose value changes with every call.
   *
   * It does not enter the table, except once for the sake of its name.
   */
  changing(into: Uint8Array, at: number, [name, value]: readonly [string, string]): number {
    const nameIndex = this.#nameIndexOf(name);
    if (nameIndex === 0) {
      const key = this.#fits(name, value, 0.5) ? `${name}\0${value}` : undefined;
      return this.#literal(into, at, { name, value, key });
    }
    return writePlain(into, writePassing(into, at, nameIndex), value);
  }

  /** Writes a secret: kept neither by us nor by any intermediary (RFC 7541 section 7.1.3). */
  secret(into: Uint8Array, at: number, [name, value]: readonly [string, string]): number {
    const nameIndex = this.#nameIndexOf(name);
    let end = writeSecret(into, at, nameIndex);
    if (nameIndex === 0) end = writePlain(into, end, name);
    if (value.length < minRepeatedBytes || value.length > maxRepeatedBytes) return writePlain(into, end, value);
    end = writeLength(into, end, value.length);
    // A proof of who calls is the same for a while, and long.
    if (value !== this.#repeated) {
      this.#repeated = value;
      this.#repeatedBytes = Buffer.from(value, 'latin1');
    }
    into.set(this.#repeatedBytes, end);
    return end + value.length;
  }

  #literal(
    into: Uint8Array,
    at: number,
    { name, value, key }: { readonly name: string; readonly value: string; readonly key: string | undefined },
  ): number {
    const nameIndex = this.#nameIndexOf(name);
    let end = (key === undefined ? writePassing : writeEntering)(into, at, nameIndex);
    if (nameIndex === 0) end = writeShortest(into, end, name);
    end = writeShortest(into, end, value);
    if (key !== undefined) this.#enter(key, name, value);
    return end;
  }

  #fits(name: string, value: string, share: number): boolean {
    return this.#table.bytes + fieldBytes(name, value) <= this.#table.maxBytes * share;
  }

  #enter(key: string, name: string, value: string): void {
    this.#table.add(new HeaderField(name, value));
    this.#enteredCount += 1;
    this.#entered.set(key, this.#enteredCount);
    this.#enteredNames.set(name, this.#enteredCount);
  }

  #indexOf(key: string): number {
    const known = staticFields.get(key);
    if (known !== undefined) return known;
    const entered = this.#entered.get(key);
    return entered === undefined ? 0 : staticTable.length + 1 + this.#enteredCount - entered;
  }

  #nameIndexOf(name: string): number {
    const entered = this.#enteredNames.get(name);
    if (entered !== undefined) return staticTable.length + 1 + this.#enteredCount - entered;
    return staticNames.get(name) ?? 0;
  }
}

type IntegerWriter = (into: Uint8Array, at: number, value: number) => number;

/** Makes the writer of integers that begin in a byte with a pattern (RFC 7541 section 5.1). */
function integerWriter(pattern: number, mask: number): IntegerWriter {
  return (into, at, value) => {
    if (value < mask) {
      into[at] = pattern | value;
      return at + 1;
    }
    into[at] = pattern | mask;
    let end = at + 1;
    let rest = value - mask;
    while (rest >= 0x80) {
      into[end++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    into[end++] = rest;
    return end;
  };
}

const writeIndexed = integerWriter(0x80, 0x7f);
const writeEntering = integerWriter(0x40, 0x3f);
const writePassing = integerWriter(0, 0x0f);
const writeSecret = integerWriter(0x10, 0x0f);
const writeTableSize = integerWriter(0x20, 0x1f);
const writeLength = integerWriter(0, 0x7f);
const writeCodedLength = integerWriter(0x80, 0x7f);

function writePlain(into: Uint8Array, at: number, text: string): number {
  let end = writeLength(into, at, text.length);
  for (let i = 0; i < text.length; i++) into[end++] = text.charCodeAt(i);
  return end;
}

function writeShortest(into: Uint8Array, at: number, text: string): number {
  const coded = huffmanBytes(text);
  if (coded >= text.length) return writePlain(into, at, text);
  return encodeHuffman(text, into, writeCodedLength(into, at, coded));
}
