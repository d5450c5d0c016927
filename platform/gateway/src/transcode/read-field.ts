import type { DescField, Message } from '@bufbuild/protobuf';

/** The value of a field of a message whose type is known at run time only; undefined when it is not set. */
export function readField(message: Message, field: DescField): unknown {
  const values = message as unknown as Readonly<Record<string, unknown>>;
  if (field.oneof === undefined) return values[field.localName];
  const choice = values[field.oneof.localName] as { readonly case?: string; readonly value?: unknown };
  return choice.case === field.localName ? choice.value : undefined;
}
