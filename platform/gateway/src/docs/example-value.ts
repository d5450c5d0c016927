import { fitsSchema } from '../openapi/examples.ts';
import type { JsonSchema } from '../openapi/json-schema.ts';

/** Deepest nesting that is shown; deeper only in schemas that contain themselves. */
const maxDepth = 6;
/** Tried in this order against the rules of a text without an example of its own. */
const texts = ['text', 'a sentence of some length', 'ABC', 'AB', '12345', 'tok_visa', 'key'];

/** How {@link exampleValue} goes about it. */
export interface ExampleOptions {
  /** Schemas that references lead to, by name. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  /** Leaves out what a request need not have, at the top level only; default false. */
  readonly requiredOnly?: boolean;
}

/**
 * Builds a value that a schema describes, from its examples and rules.
 *
 * @returns undefined where no value is known to fit.
 */
export function exampleValue(schema: JsonSchema, options: ExampleOptions, depth = 0): unknown {
  if (depth > maxDepth) return undefined;
  if (schema.$ref !== undefined) {
    const target = options.schemas[schema.$ref.slice('#/components/schemas/'.length)];
    return target === undefined ? undefined : exampleValue(target, options, depth);
  }
  if (schema.examples !== undefined) return schema.examples[0];
  if (schema.type === 'array' && schema.items !== undefined) {
    const item = exampleValue(schema.items, options, depth + 1);
    return item === undefined ? [] : [item];
  }
  return schema.type === 'object' ? exampleObject(schema, options, depth) : exampleScalar(schema);
}

function exampleObject(schema: JsonSchema, options: ExampleOptions, depth: number): unknown {
  const required = new Set(schema.required ?? []);
  const onlyRequired = options.requiredOnly === true && depth === 0 && required.size > 0;
  const entries = Object.entries(schema.properties ?? {})
    .filter(([name]) => !onlyRequired || required.has(name))
    .map(([name, property]) => [name, exampleValue(property, options, depth + 1)] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}

function exampleScalar(schema: JsonSchema): unknown {
  if (schema.enum !== undefined) return schema.enum[1] ?? schema.enum[0];
  switch (schema.type) {
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 0);
    case 'string':
      if (schema.format === 'date-time') return '2026-01-31T12:00:00Z';
      if (schema.format === 'int64' || schema.format === 'uint64') return '1999';
      return texts.find((text) => fitsSchema(text, schema));
    default:
      return undefined;
  }
}
