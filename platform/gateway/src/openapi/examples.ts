import type { DescField } from '@bufbuild/protobuf';
import type { Comments } from './comments.ts';
import type { JsonSchema } from './json-schema.ts';

const exampleId = '0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2d3e';
/** Tried in this order against the rules of a text without an example of its own. */
const texts = ['text', 'a sentence of some length', 'ABC', 'AB', '12345', 'tok_example', 'key'];

/**
 * Finds an example for a field: the one its comment names (`for example `US``), else one that fits its rules.
 *
 * @returns undefined when none is known to fit.
 */
export function exampleFor(field: DescField, schema: JsonSchema, comments: Comments): unknown {
  const named = /\bfor example `([^`]+)`/i.exec(comments.of(field))?.[1];
  if (named !== undefined && schema.type === 'string' && fits(named, schema)) return named;
  switch (schema.type) {
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 0);
    case 'string':
      return textExample(field, schema);
    default:
      return undefined;
  }
}

function textExample(field: DescField, schema: JsonSchema): string | undefined {
  if (schema.enum !== undefined) return schema.enum[1] ?? schema.enum[0];
  if (schema.format === 'email' || field.name === 'email') return 'ada@example.com';
  if (schema.format === 'date-time') return '2026-01-31T12:00:00Z';
  if (schema.format === 'int64' || schema.format === 'uint64') return '1999';
  if (/(^|_)id$/.test(field.name)) return exampleId;
  return texts.find((text) => fits(text, schema));
}

function fits(text: string, { pattern, minLength = 0, maxLength = 1_000 }: JsonSchema): boolean {
  const rightLength = text.length >= minLength && text.length <= maxLength;
  return rightLength && (pattern === undefined || new RegExp(pattern, 'u').test(text));
}
