import type { Field } from './field.ts';

const carriageReturn = 0x0d;
const nothing = Buffer.alloc(0);
/** Headers longer than this are not kept for the next request. */
const maxKeptBytes = 4_096;

/** The lines of headers that were read, as bytes and as what they say: what comes again need not be read again. */
export class FieldLines {
  /** With the empty line at the end; none unless kept. */
  bytes: Buffer = nothing;
  readonly #fields: Field[] = [];
  /** Where each line begins in the bytes. */
  readonly #starts: number[] = [];

  get count(): number {
    return this.#fields.length;
  }

  /** Notes the next line. */
  add(field: Field, start: number): void {
    this.#fields.push(field);
    this.#starts.push(start);
  }

  /** Keeps the bytes of all lines and of the empty one; without them no line is ever found again. */
  keep(bytes: Buffer): void {
    if (bytes.length > maxKeptBytes) return;
    this.bytes = Buffer.from(bytes);
    this.#starts.push(bytes.length - 2);
  }

  field(index: number): Field | undefined {
    return this.#fields[index];
  }

  /** Whether all lines stand at a position. */
  areAt(bytes: Buffer, at: number): boolean {
    const { length } = this.bytes;
    if (length === 0 || bytes.length - at < length) return false;
    return this.bytes.compare(bytes, at, at + length) === 0;
  }

  /** @returns where the line ends if it stands at a position, -1 if another one does. */
  endOfLineAt(index: number, bytes: Buffer, at: number): number {
    const kept = this.bytes;
    if (kept.length === 0 || index >= this.#fields.length) return -1;
    const start = this.#starts[index] as number;
    const length = (this.#starts[index + 1] as number) - 2 - start;
    if (bytes.length - at <= length || bytes[at + length] !== carriageReturn) return -1;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== kept[start + i]) return -1;
    return at + length;
  }
}
