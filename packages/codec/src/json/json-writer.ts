import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { isCovered } from '../binary/coverage.ts';
import { canGenerate, generate } from '../generated-code.ts';
import { jsonSource, type WriteJson } from './json-source.ts';
import { JsonValues } from './json-values.ts';

/** Writes a message, or one field of it, as JSON text; undefined leaves it to `toJson` of `@bufbuild/protobuf`. */
export type JsonWriter = (message: Message) => string | undefined;

const known = new WeakMap<DescMessage | DescField, JsonWriter>();
const values = new JsonValues();

/**
 * Gives the writer of a message's JSON: what `toJson` gives with `useProtoFieldName` and `alwaysEmitImplicit`, as text.
 *
 * Left to the reference are messages that {@link binaryCodec} leaves to it, or that extensions may extend; values of
 * another type than their field has, or without a JSON form; set fields of `google.protobuf.Any`, `FieldMask`, `Struct`,
 * `Value` and `ListValue`.
 *
 * Cost: about a millisecond and some KiB for each message at its first use.
 *
 * @param field - a field of the message, the only one whose value is wanted: `null` when it is not set.
 */
export function jsonWriter(desc: DescMessage, field?: DescField): JsonWriter {
  const key = field ?? desc;
  let writer = known.get(key);
  if (writer === undefined) {
    writer = canGenerate && isCovered(desc) && !isExtensible(desc) ? generatedWriter(desc, field) : leftToReference;
    known.set(key, writer);
  }
  return writer;
}

function generatedWriter(desc: DescMessage, field: DescField | undefined): JsonWriter {
  let write: WriteJson | undefined;
  return (message) => {
    write ??= generate<WriteJson>(jsonSource(desc, field));
    values.hasGivenUp = false;
    const text = write(values, message);
    return values.hasGivenUp ? undefined : text;
  };
}

const leftToReference: JsonWriter = () => undefined;

/** Whether unknown fields of a message, or of one in it, may be extensions, which the reference writes too. */
function isExtensible(desc: DescMessage, seen: Set<DescMessage> = new Set()): boolean {
  if (seen.has(desc)) return false;
  seen.add(desc);
  if (desc.proto.extensionRange.length > 0) return true;
  return desc.fields.some(({ message }) => message !== undefined && isExtensible(message, seen));
}
