import { createFileRegistry, type DescMessage, fromJson, type JsonValue } from '@bufbuild/protobuf';
import {
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt';

/** Shorthand for descriptors in their JSON form, for messages that our contracts have no example of. */
type More = Readonly<Record<string, JsonValue>>;

const wellKnown = [
  file_google_protobuf_any,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
];

/** A field; `type` is a scalar, or the full name of a message with a dot before it. */
export function field(number: number, name: string, type: string): Record<string, JsonValue> {
  const kind = type.startsWith('.') ? { type: 'TYPE_MESSAGE', typeName: type } : { type: `TYPE_${type.toUpperCase()}` };
  return { number, name, label: 'LABEL_OPTIONAL', ...kind };
}

export function many(number: number, name: string, type: string): Record<string, JsonValue> {
  return { ...field(number, name, type), label: 'LABEL_REPEATED' };
}

export function enumField(number: number, name: string, typeName: string): Record<string, JsonValue> {
  return { number, name, label: 'LABEL_OPTIONAL', type: 'TYPE_ENUM', typeName };
}

/** The entry of a map, to be nested in the message; the field is `many(…, '.<message>.<name>Entry')`. */
export function mapEntry(name: string, key: string, value: More): JsonValue {
  return { name, field: [field(1, 'key', key), { ...value, number: 2, name: 'value' }], options: { mapEntry: true } };
}

/** The messages of a file, with all nested ones, by their names. */
export function messagesOf(file: More): ReadonlyMap<string, DescMessage> {
  const dependency = wellKnown.map(({ proto }) => proto.name);
  const own = fromJson(FileDescriptorSetSchema, { file: [{ ...file, dependency }] }).file;
  const registry = createFileRegistry({
    $typeName: 'google.protobuf.FileDescriptorSet',
    file: [...wellKnown.map(({ proto }) => proto), ...own],
  });
  const messages = registry.getFile(own[0]?.name ?? '')?.messages ?? [];
  return new Map(messages.flatMap(withNested).map((desc) => [desc.name, desc]));
}

function withNested(desc: DescMessage): DescMessage[] {
  return [desc, ...desc.nestedMessages.flatMap(withNested)];
}
