import type { DecodedBlock } from './decoded-block.ts';

/** Longer blocks hold values that change with every call. */
const maxBlockBytes = 40;
const slotCount = 8;

interface Slot {
  bytes: Uint8Array;
  length: number;
  revision: number;
  block: DecodedBlock;
}

/**
 * Remembers the last few short blocks and what they came to.
 *
 * An entry holds while the dynamic table is unchanged. At most 8 blocks of at most 40 bytes are kept, so a peer cannot
 * make it grow; nearly all answers of a connection have one of two or three blocks.
 */
export class BlockCache {
  readonly #slots: Slot[] = [];
  #next = 0;

  /** What a block came to before; undefined when it is not known. */
  find(input: Uint8Array, { from, to }: Range, revision: number): DecodedBlock | undefined {
    const length = to - from;
    if (length > maxBlockBytes) return undefined;
    const slots = this.#slots;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      if (slot.length !== length || slot.revision !== revision) continue;
      let at = 0;
      while (at < length && slot.bytes[at] === input[from + at]) at++;
      if (at === length) return slot.block;
    }
    return undefined;
  }

  /** Remembers a block in place of the oldest one. */
  keep(input: Uint8Array, { from, to }: Range, known: { revision: number; block: DecodedBlock }): void {
    if (to - from > maxBlockBytes) return;
    const slot = { bytes: Uint8Array.from(input.subarray(from, to)), length: to - from, ...known };
    this.#slots[this.#next] = slot;
    this.#next = (this.#next + 1) % slotCount;
  }
}

interface Range {
  readonly from: number;
  readonly to: number;
}
