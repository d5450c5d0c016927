import type { HeaderField } from './header-field.ts';

/** What a block came to. A block that comes again may give the same object again: do not change its fields. */
export class DecodedBlock {
  /** In the order of the block; only what fits the limit. */
  readonly fields: readonly HeaderField[];
  /** The list is larger than the limit: the fields are incomplete, the table is in step all the same. */
  readonly isTooLarge: boolean;
  /** What the HTTP layer made of it, kept because the block may come again. */
  head: unknown = undefined;
  /** What the gRPC layer made of it. */
  meaning: unknown = undefined;

  constructor(fields: readonly HeaderField[], isTooLarge: boolean) {
    this.fields = fields;
    this.isTooLarge = isTooLarge;
  }
}
