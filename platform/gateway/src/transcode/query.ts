import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import type { FieldViolation } from '@mainstay/kernel';
import { formatFieldPath, resolveFieldPath } from './field-table.ts';
import type { ParsedJson } from './json-text.ts';
import { decodePercent } from './request-target.ts';

/** A query parameter resolved to a field: its value is JSON, a list for repeated fields. */
export interface QueryValue {
  readonly fields: readonly DescField[];
  readonly value: ParsedJson;
}

/**
 * Reads a query string into fields of a message: `page_size=10&filter.name=a&ids=1&ids=2`.
 *
 * Names are dotted paths in either spelling. Strict like the body: an unknown name, a name that the path or the
 * body already sets, and a single value sent twice are violations. Maps and messages inside lists cannot be set.
 * An empty value of anything but text (`page_size=`) counts as absent, as forms send it.
 *
 * @param taken - paths (in proto names) that the query must not set, because the path or the body does; `all` when
 * the whole message comes from the body.
 * @throws {@link PlatformError} `invalid_argument` / `URL_MALFORMED` when a name or value is not percent-encoded UTF-8.
 */
export function parseQuery(
  message: DescMessage,
  query: string,
  taken: ReadonlySet<string> | 'all',
): { readonly values: readonly QueryValue[]; readonly violations: readonly FieldViolation[] } {
  const values = new Map<string, { fields: readonly DescField[]; value: ParsedJson }>();
  const violations: FieldViolation[] = [];
  for (const [name, text] of parsePairs(query)) {
    const fields = resolveFieldPath(message, name);
    const field = fields?.at(-1);
    const path = fields === undefined ? name.slice(0, 64) : formatFieldPath(fields);
    if (fields === undefined || field === undefined || !isAddressable(field) || isTaken(path, taken)) {
      violations.push({ field: path, rule: 'query.unknown', message: 'is not a query parameter of this request' });
      continue;
    }
    if (text === '' && !isText(field)) continue;
    const value = jsonOfText(field, text);
    const earlier = values.get(path);
    if (earlier === undefined) values.set(path, { fields, value: field.fieldKind === 'list' ? [value] : value });
    else if (Array.isArray(earlier.value)) earlier.value.push(value);
    else violations.push({ field: path, rule: 'query.repeated', message: 'must stand once only' });
  }
  return { values: [...values.values()], violations };
}

function parsePairs(query: string): readonly (readonly [string, string])[] {
  const parts = query.split('&').filter((part) => part !== '');
  return parts.map((part) => {
    const equals = part.indexOf('=');
    const [name, value] = equals === -1 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)];
    return [decodeForm(name), decodeForm(value)];
  });
}

function decodeForm(text: string): string {
  return decodePercent(text.replaceAll('+', ' '), 'query');
}

function isTaken(path: string, taken: ReadonlySet<string> | 'all'): boolean {
  if (taken === 'all') return true;
  return taken.has(path) || [...taken].some((other) => path.startsWith(`${other}.`) || other.startsWith(`${path}.`));
}

const textForms = new Set(['Timestamp', 'Duration', 'FieldMask'].map((name) => `google.protobuf.${name}`));

/** True for fields whose value can be written as one text: scalars, enums, and messages with a text form. */
export function isAddressable(field: DescField): boolean {
  if (field.fieldKind === 'map') return false;
  return field.message === undefined || isWrapperDesc(field.message) || textForms.has(field.message.typeName);
}

function isText(field: DescField): boolean {
  const type = scalarOf(field);
  return type === ScalarType.STRING || type === ScalarType.BYTES;
}

function scalarOf(field: DescField): ScalarType | undefined {
  return field.message !== undefined && isWrapperDesc(field.message) ? field.message.fields[0].scalar : field.scalar;
}

/** The JSON value that a text of a URL stands for; what does not fit stays text, and the check of the message refuses it. */
export function jsonOfText(field: DescField, text: string): string | number | boolean {
  if (scalarOf(field) === ScalarType.BOOL && (text === 'true' || text === 'false')) return text === 'true';
  if (field.enum !== undefined && /^-?\d{1,10}$/.test(text)) return Number(text);
  return text;
}
