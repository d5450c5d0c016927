import { type DescField, type DescMessage, protoInt64 } from '@bufbuild/protobuf';
import { Edition, FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';

/**
 * Tells whether a message and everything it can contain is of the kinds that are written and read here.
 *
 * Left to the reference: proto2 and what keeps defaults on its prototype, groups, closed enums, and fields of
 * `google.protobuf.Struct`, which are plain JSON in a message.
 */
export function isCovered(desc: DescMessage, seen: Set<DescMessage> = new Set()): boolean {
  if (seen.has(desc)) return true;
  seen.add(desc);
  return protoInt64.supported && !hasPrototype(desc) && desc.fields.every((field) => isCoveredField(field, seen));
}

function isCoveredField(field: DescField, seen: Set<DescMessage>): boolean {
  if (field.presence === Presence.LEGACY_REQUIRED) return false;
  if (field.enum !== undefined && !field.enum.open) return false;
  if (field.message === undefined) return true;
  if ('delimitedEncoding' in field && field.delimitedEncoding) return false;
  if (isJson(field)) return false;
  return isCovered(field.message, seen);
}

/** The reference keeps such fields as JSON objects. */
function isJson(field: DescField): boolean {
  return field.message?.typeName === 'google.protobuf.Struct' && field.parent.typeName !== 'google.protobuf.Value';
}

/** The reference makes such messages with their defaults on the prototype. */
function hasPrototype({ file, fields }: DescMessage): boolean {
  if (file.edition === Edition.EDITION_PROTO3) return false;
  if (file.edition === Edition.EDITION_PROTO2) return true;
  return fields.some(
    ({ presence, fieldKind, oneof }) =>
      presence !== Presence.IMPLICIT && fieldKind !== 'message' && oneof === undefined,
  );
}
