import { createHash } from 'node:crypto';
import { clone, type DescField, type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';

/**
 * Hashes a request so that equal requests give equal bytes, however they were built.
 *
 * The canonical form is the binary encoding: fields by number, entries of maps by key, unknown fields kept. It does not depend on the
 * names of fields, on property order, or on whether the request came as JSON or as protobuf. A field that is set to its default and one that is not set
 * are equal unless the contract marks the field `optional`.
 *
 * Cost: one encoding and one SHA-256; a copy of the message when its type holds maps.
 *
 * @returns 32 bytes.
 */
export function fingerprintMessage<S extends DescMessage>(schema: S, message: MessageShape<S>): Uint8Array {
  const canonical = holdsMaps(schema) ? sortedCopy(schema, message) : message;
  return createHash('sha256').update(schema.typeName).update('\0').update(toBinary(schema, canonical)).digest();
}

const known = new WeakMap<DescMessage, boolean>();

/** Does a type, or one it holds, have a map field? */
function holdsMaps(schema: DescMessage): boolean {
  const answer = known.get(schema);
  if (answer !== undefined) return answer;
  // Settled before the fields are looked at, so that a type that holds itself ends.
  known.set(schema, false);
  const found = schema.fields.some(
    (field) => field.fieldKind === 'map' || (field.message !== undefined && holdsMaps(field.message)),
  );
  known.set(schema, found);
  return found;
}

function sortedCopy<S extends DescMessage>(schema: S, message: MessageShape<S>): MessageShape<S> {
  const copy = clone(schema, message);
  sortMaps(reflect(schema, copy));
  return copy;
}

function sortMaps(message: ReflectMessage): void {
  for (const field of message.fields) {
    if (message.isSet(field)) sortField(message, field);
  }
}

function sortField(message: ReflectMessage, field: DescField): void {
  if (field.fieldKind === 'message') {
    sortMaps(message.get(field));
  } else if (field.fieldKind === 'list' && field.listKind === 'message') {
    for (const item of message.get(field)) sortMaps(item as ReflectMessage);
  } else if (field.fieldKind === 'map') {
    const map = message.get(field);
    const entries = [...map.entries()].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    map.clear();
    for (const [key, value] of entries) {
      if (field.mapKind === 'message') sortMaps(value as ReflectMessage);
      map.set(key, value);
    }
  }
}
