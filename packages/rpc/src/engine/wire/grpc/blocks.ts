import { isSecret } from '../../grpc/application-fields.ts';
import type { HpackEncoder } from '../hpack/encoder.ts';
import { HpackEncoder as Encoder } from '../hpack/encoder.ts';
import type { BlockWriter } from '../http2/stream.ts';

/** Name and value in turn. */
export type FieldPair = readonly [name: string, value: string];

/** Names and values in turn, flat. */
export type FlatFields = readonly string[];

/** What the encoder is given, used again and again. */
const pair: [name: string, value: string] = ['', ''];

/** Blocks of fixed fields longer than this are written anew each time. */
const maxCachedBytes = 64;

/**
 * A block, or the beginning of one, that is always the same on a connection.
 *
 * Cost: from the third time on a copy of a few bytes.
 */
export class FixedBlock implements BlockWriter {
  readonly #fields: readonly FieldPair[];
  readonly maxBytes: number;
  readonly #cached = new Uint8Array(maxCachedBytes);
  #cachedBytes = 0;
  #revision = -2;

  constructor(fields: readonly FieldPair[]) {
    this.#fields = fields;
    this.maxBytes = roomFor(fields);
  }

  write(encoder: HpackEncoder, into: Uint8Array, at: number): number {
    const before = encoder.tableRevision;
    if (before === this.#revision) {
      for (let i = 0; i < this.#cachedBytes; i++) into[at + i] = this.#cached[i]!;
      return at + this.#cachedBytes;
    }
    let end = at;
    for (const field of this.#fields) end = encoder.fixed(into, end, field);
    if (encoder.tableRevision === before && end - at <= maxCachedBytes) {
      this.#cached.set(into.subarray(at, end));
      this.#cachedBytes = end - at;
      this.#revision = before;
    }
    return end;
  }
}

/** Fixed fields and then some of one call. */
export class CallBlock implements BlockWriter {
  readonly #fixed: FixedBlock;
  readonly #fields: FlatFields;
  readonly maxBytes: number;

  constructor(fixed: FixedBlock, fields: FlatFields) {
    this.#fixed = fixed;
    this.#fields = fields;
    let bytes = fixed.maxBytes;
    for (let i = 0; i < fields.length; i += 2) bytes += Encoder.roomFor(fields[i]!, fields[i + 1]!);
    this.maxBytes = bytes;
  }

  write(encoder: HpackEncoder, into: Uint8Array, at: number): number {
    const fields = this.#fields;
    let end = this.#fixed.write(encoder, into, at);
    for (let i = 0; i < fields.length; i += 2) {
      const name = fields[i]!;
      pair[0] = name;
      pair[1] = fields[i + 1]!;
      end = isSecret(name) ? encoder.secret(into, end, pair) : encoder.changing(into, end, pair);
    }
    return end;
  }
}

function roomFor(fields: readonly FieldPair[]): number {
  let bytes = 0;
  for (const [name, value] of fields) bytes += Encoder.roomFor(name, value);
  return bytes;
}
