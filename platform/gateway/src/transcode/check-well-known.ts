import { type DescMessage, fromJson, type JsonValue } from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { checkScalar, checkText, type Misfit } from './check-scalar.ts';
import type { ParsedJson } from './json-text.ts';

/** Outcome of a check: why not, or the value in the form that the decoder takes. */
export type WellKnownCheck = { readonly misfit: Misfit } | { readonly value: ParsedJson };

const messages: Readonly<Record<string, string>> = {
  'google.protobuf.Timestamp': 'must be a time such as 2026-01-31T12:00:00Z',
  'google.protobuf.Duration': 'must be a number of seconds such as 1.5s',
  'google.protobuf.FieldMask': 'must be field names separated by commas',
};
/** Names of fields, each a path; `*` alone stands for all of them. */
const maskText = /^(?:\*|\w+(?:\.\w+)*(?:,\w+(?:\.\w+)*)*)?$/;
const durationText = /^-?\d{1,12}(?:\.\d{1,9})?s$/;

const wellKnown = new Set(
  ['Any', 'Timestamp', 'Duration', 'FieldMask', 'Struct', 'Value', 'ListValue'].map((n) => `google.protobuf.${n}`),
);

/** Tells whether a message has a JSON form of its own, so that its fields are not walked. */
export function isWellKnown(message: DescMessage): boolean {
  return message.typeName.startsWith('google.protobuf.') && (isWrapperDesc(message) || wellKnown.has(message.typeName));
}

/** Tells whether a message holds a message of any type. */
export function isAny(message: DescMessage): boolean {
  return message.typeName === 'google.protobuf.Any';
}

/**
 * Checks a value against a message that has a JSON form of its own, except `Any`, which is checked as what it holds.
 *
 * A field mask may be written in both cases (`first_name,lastName`), as all names are on input.
 */
export function checkWellKnown(message: DescMessage, value: ParsedJson): WellKnownCheck {
  if (isWrapperDesc(message)) {
    const scalar = message.fields[0].scalar;
    const misfit = checkScalar(scalar, value);
    return misfit === undefined ? { value: typeof value === 'bigint' ? String(value) : value } : { misfit };
  }
  switch (message.typeName) {
    case 'google.protobuf.Struct':
    case 'google.protobuf.Value':
    case 'google.protobuf.ListValue':
      return checkFreeForm(message, value);
    case 'google.protobuf.FieldMask':
      if (typeof value !== 'string' || !maskText.test(value)) return { misfit: misfitOf(message) };
      return checkDecodes(message, toCamelCase(value));
    case 'google.protobuf.Timestamp':
      if (typeof value !== 'string' || !isDay(value)) return { misfit: misfitOf(message) };
      return checkDecodes(message, value);
    case 'google.protobuf.Duration':
      if (typeof value !== 'string' || !durationText.test(value)) return { misfit: misfitOf(message) };
      return checkDecodes(message, value);
    default:
      return checkDecodes(message, value);
  }
}

/** Tells whether a time begins with a day that exists; the decoder would take 30 February for 2 March. */
function isDay(time: string): boolean {
  const [year = 0, month = 0, day = 0] = time.slice(0, 10).split('-').map(Number);
  return day <= new Date(Date.UTC(2_000 + (year % 400), month, 0)).getUTCDate();
}

function checkDecodes(message: DescMessage, value: ParsedJson): WellKnownCheck {
  if (typeof value === 'bigint') return { misfit: misfitOf(message) };
  try {
    fromJson(message, value);
    return { value };
  } catch {
    // The decoder's text may quote the value; ours says the same without it.
    return { misfit: misfitOf(message) };
  }
}

function misfitOf(message: DescMessage): Misfit {
  const name = message.typeName.slice('google.protobuf.'.length).toLowerCase();
  return { rule: `json.${name}`, message: messages[message.typeName] ?? 'is not supported here' };
}

function toCamelCase(mask: string): string {
  return mask.replace(/_([a-z0-9])/g, (_, char: string) => char.toUpperCase());
}

function checkFreeForm(message: DescMessage, value: ParsedJson): WellKnownCheck {
  const kind = message.typeName.slice('google.protobuf.'.length);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (kind === 'Struct' && !isObject) return { misfit: { rule: 'json.struct', message: 'must be an object' } };
  if (kind === 'ListValue' && !Array.isArray(value))
    return { misfit: { rule: 'json.list', message: 'must be a list' } };
  let misfit: Misfit | undefined;
  const plain = mapLeaves(value, (leaf) => {
    if (typeof leaf === 'string') misfit ??= checkText(leaf);
    return typeof leaf === 'bigint' ? Number(leaf) : leaf;
  });
  return misfit === undefined ? { value: plain } : { misfit };
}

function mapLeaves(value: ParsedJson, map: (leaf: ParsedJson) => JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, map));
  if (typeof value !== 'object' || value === null) return map(value);
  const entries = Object.entries(value).map(([key, item]) => [map(key), mapLeaves(item, map)] as const);
  return Object.fromEntries(entries) as JsonValue;
}
