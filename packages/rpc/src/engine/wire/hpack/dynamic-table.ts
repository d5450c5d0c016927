import type { HeaderField } from './header-field.ts';

/** What an entry costs beyond its bytes (RFC 7541 section 4.1). */
const entryOverheadBytes = 32;

/** Size of a field as HPACK and `SETTINGS_MAX_HEADER_LIST_SIZE` count it. Names and values are Latin-1. */
export function fieldBytes(name: string, value: string): number {
  return name.length + value.length + entryOverheadBytes;
}

/**
 * The first-in, first-out table that both ends of a connection keep in step (RFC 7541 section 2.3.2).
 *
 * Index 0 is the newest entry here; on the wire it is 62. The table never grows beyond its size in bytes, so a peer
 * cannot make it hold more than that.
 */
export class DynamicTable {
  /** Oldest first, beginning at `#first`; compacted now and then. */
  #entries: HeaderField[] = [];
  #first = 0;
  #bytes = 0;
  #maxBytes: number;
  #revision = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#entries.length - this.#first;
  }

  /** What the entries take now. */
  get bytes(): number {
    return this.#bytes;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Changes whenever an index may mean another field than before. */
  get revision(): number {
    return this.#revision;
  }

  /** The entry at an index, newest first; undefined beyond the end. */
  at(index: number): HeaderField | undefined {
    const place = this.#entries.length - 1 - index;
    return place >= this.#first ? this.#entries[place] : undefined;
  }

  /** Adds a field, dropping the oldest ones; one that is larger than the table empties it and is not kept. */
  add(field: HeaderField): void {
    const bytes = fieldBytes(field.name, field.value);
    this.#revision += 1;
    this.#evictTo(this.#maxBytes - bytes);
    if (bytes > this.#maxBytes) return;
    this.#entries.push(field);
    this.#bytes += bytes;
  }

  /** Changes the size, dropping the oldest entries that no longer fit. */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    if (this.#bytes <= maxBytes) return;
    this.#revision += 1;
    this.#evictTo(maxBytes);
  }

  #evictTo(bytes: number): void {
    const target = Math.max(0, bytes);
    while (this.#bytes > target) {
      const { name, value } = this.#entries[this.#first]!;
      this.#bytes -= fieldBytes(name, value);
      this.#first += 1;
    }
    if (this.#first > 64 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    } else if (this.#first === this.#entries.length) {
      this.#entries.length = 0;
      this.#first = 0;
    }
  }
}
