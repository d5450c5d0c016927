import { isApplicationField } from '../../grpc/application-fields.ts';
import { Metadata } from '../../metadata.ts';
import { fieldMark, type HeaderField } from '../hpack/header-field.ts';
import type { BlockWriter } from '../http2/stream.ts';
import { CallBlock, type FieldPair, type FixedBlock, type FlatFields } from './blocks.ts';

/** What an application sends beside its messages, ready for a block; pseudo-fields and reserved ones are left out. */
export function sentMetadata(metadata: Metadata): FlatFields {
  const flat = metadata.flat();
  for (let i = 0; i < flat.length; i += 2) {
    if (!isApplicationField(flat[i]!, flat[i + 1]!))
      return flat.filter((_, at) => isApplicationField(flat[at & ~1]!, flat[at | 1]!));
  }
  return flat;
}

/** Fixed fields, and what an application sends along if there is any. */
export function withMetadata(fixed: FixedBlock, header: Metadata | undefined): BlockWriter {
  if (header === undefined) return fixed;
  const fields = sentMetadata(header);
  return fields.length === 0 ? fixed : new CallBlock(fixed, fields);
}

/** The headers that go along with an error, as pairs. */
export function alongError(header: Headers | undefined): FieldPair[] {
  return header === undefined ? [] : [...header].filter(([name, value]) => isApplicationField(name, value));
}

/** What arrived beside the messages; everything but pseudo-fields. */
export function receivedMetadata(fields: readonly HeaderField[]): Metadata {
  const flat: string[] = [];
  for (const { name, value, mark } of fields) {
    if (mark === fieldMark.plain) flat.push(name, value);
  }
  return new Metadata(flat);
}
