import type { DescField, DescMessage } from '@bufbuild/protobuf';

const tables = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

/** Fields of a message by both names that JSON may use: `zip_code` and `zipCode`. Built once per message. */
export function fieldTable(message: DescMessage): ReadonlyMap<string, DescField> {
  let table = tables.get(message);
  if (table === undefined) {
    table = new Map(
      message.fields.flatMap((field) => [[field.jsonName, field] as const, [field.name, field] as const]),
    );
    tables.set(message, table);
  }
  return table;
}

/** Resolves a dotted path of names of either kind; undefined when a step is unknown or goes through a list or map. */
export function resolveFieldPath(message: DescMessage, path: string): readonly DescField[] | undefined {
  const fields: DescField[] = [];
  let current: DescMessage | undefined = message;
  for (const name of path.split('.')) {
    const field: DescField | undefined = current === undefined ? undefined : fieldTable(current).get(name);
    if (field === undefined) return undefined;
    fields.push(field);
    current = field.fieldKind === 'message' ? field.message : undefined;
  }
  return fields;
}

/** Dotted path in proto names, as violations show it. */
export function formatFieldPath(fields: readonly DescField[]): string {
  return fields.map((field) => field.name).join('.');
}
