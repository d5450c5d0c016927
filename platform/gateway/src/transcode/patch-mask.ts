import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { isWellKnown } from './check-well-known.ts';
import { fieldTable } from './field-table.ts';
import type { ParsedJson } from './json-text.ts';

/** The field of a request that names what a `PATCH` changes, as AIP-134 has it. */
const maskName = 'update_mask';

/** The mask of a request message; undefined when it has none. */
export function updateMaskOf(message: DescMessage): DescField | undefined {
  const field = fieldTable(message).get(maskName);
  const isMask = field?.fieldKind === 'message' && field.message.typeName === 'google.protobuf.FieldMask';
  return isMask ? field : undefined;
}

/**
 * The fields that stand in a body, as the text of a field mask: what a `PATCH` without a mask changes.
 *
 * Messages are walked into, so that what a body does not mention stays as it is; lists, maps and messages with a JSON
 * form of their own are changed as a whole. `null` is absence.
 *
 * @param depth - how many levels are told apart; beyond them a message counts as a whole.
 * @see https://google.aip.dev/134
 */
export function presentFields(message: DescMessage, json: ParsedJson, depth: number): readonly string[] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return [];
  const table = fieldTable(message);
  return Object.entries(json).flatMap(([key, value]): readonly string[] => {
    const field = table.get(key);
    if (field === undefined || value === null || value === undefined) return [];
    const isWalked = field.fieldKind === 'message' && !isWellKnown(field.message) && depth > 1;
    if (!isWalked) return [field.name];
    const inner = presentFields(field.message, value, depth - 1);
    return inner.length === 0 ? [field.name] : inner.map((path) => `${field.name}.${path}`);
  });
}
