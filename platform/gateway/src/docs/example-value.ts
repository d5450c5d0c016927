import type { JsonSchema } from '../openapi/json-schema.ts';

/** Deepest nesting that is shown; deeper only in schemas that contain themselves. */
const maxDepth = 6;

/**
 * Builds a value that a schema describes, from its examples.
 *
 * @param requiredOnly - leaves out what a request need not have, at the top level only.
 * @returns undefined where the schema does not say enough.
 */
export function exampleValue(
  schema: JsonSchema,
  schemas: Readonly<Record<string, JsonSchema>>,
  { depth = 0, requiredOnly = false }: { readonly depth?: number; readonly requiredOnly?: boolean } = {},
): unknown {
  if (depth > maxDepth) return undefined;
  if (schema.$ref !== undefined) {
    const target = schemas[schema.$ref.slice('#/components/schemas/'.length)];
    return target === undefined ? undefined : exampleValue(target, schemas, { depth, requiredOnly });
  }
  if (schema.examples !== undefined) return schema.examples[0];
  if (schema.type === 'array' && schema.items !== undefined) {
    const item = exampleValue(schema.items, schemas, { depth: depth + 1 });
    return item === undefined ? [] : [item];
  }
  if (schema.enum !== undefined) return schema.enum[1] ?? schema.enum[0];
  if (schema.type !== 'object' || schema.properties === undefined) return undefined;
  const required = new Set(schema.required ?? []);
  const entries = Object.entries(schema.properties)
    .filter(([name]) => !requiredOnly || required.size === 0 || required.has(name))
    .map(([name, property]) => [name, exampleValue(property, schemas, { depth: depth + 1 })] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}
