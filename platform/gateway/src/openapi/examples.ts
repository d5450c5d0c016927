import type { DescField } from '@bufbuild/protobuf';
import type { Comments } from './comments.ts';
import type { JsonSchema } from './json-schema.ts';

const exampleId = '0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2d3e';

/**
 * Finds an example that says something: the one that the comment names (`for example `US``), an id, or an address.
 *
 * @returns undefined when an example would only repeat the type.
 */
export function exampleFor(field: DescField, schema: JsonSchema, comments: Comments): string | undefined {
  if (schema.type !== 'string' || schema.enum !== undefined) return undefined;
  const named = /\bfor example `([^`]+)`/i.exec(comments.of(field))?.[1];
  if (named !== undefined && fitsSchema(named, schema)) return named;
  if (schema.format === 'email' || field.name === 'email') return 'ada@example.com';
  if (schema.format === undefined && /(^|_)id$/.test(field.name)) return exampleId;
  return undefined;
}

/** Tells whether a text obeys the length and pattern of a schema. */
export function fitsSchema(text: string, { pattern, minLength = 0, maxLength = 1_000 }: JsonSchema): boolean {
  const rightLength = text.length >= minLength && text.length <= maxLength;
  return rightLength && (pattern === undefined || new RegExp(pattern, 'u').test(text));
}
