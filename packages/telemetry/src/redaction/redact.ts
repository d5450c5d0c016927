import { isCardNumber } from './card-number.ts';
import { describeError } from './describe-error.ts';
import { redacted, redactText } from './redact-text.ts';
import { isSensitiveHeaderName, isSensitiveKey } from './sensitive-key.ts';

const maxDepth = 10;
const maxItems = 200;
/** Values copied for one line; a logged socket or request object would otherwise bring half the heap with it. */
const maxValues = 2_000;

/**
 * Copies a value into plain JSON data without secrets; total, never throws, never changes the original.
 *
 * Values under sensitive names become `[redacted]` at any depth, also in maps, headers and name-value pairs;
 * texts are searched for secrets; errors become plain objects with their causes. Cycles, depth over 10, lists or
 * objects over 200 entries and everything after 2,000 values are cut with a mark. Bytes show only their length.
 *
 * Shape: strings, numbers, booleans, null, arrays and plain objects; bigints are strings, dates ISO strings.
 * Cost:  about 1 µs for a flat line of five fields; grows with the number of values.
 */
export function redact(value: unknown): unknown {
  return walk(value, { depth: 0, above: [], budget: { left: maxValues } });
}

/** Place of a value: how deep, and inside which objects, so that a cycle is seen; the budget is the whole line's. */
interface Place {
  readonly depth: number;
  readonly budget: { left: number };
  readonly above: readonly object[];
}

function walk(value: unknown, place: Place): unknown {
  place.budget.left -= 1;
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'number':
      if (!Number.isFinite(value)) return String(value);
      return value > 1e12 && isCardNumber(String(value)) ? redacted : value;
    case 'bigint':
      return isCardNumber(String(value)) ? redacted : String(value);
    case 'symbol':
      return redactText(String(value));
    case 'function':
      return '[function]';
    case 'object':
      return value === null ? null : walkObject(value, place);
    default:
      return value;
  }
}

function walkObject(value: object, place: Place): unknown {
  if (place.above.includes(value)) return '[circular]';
  if (place.depth >= maxDepth) return '[too deep]';
  if (place.budget.left <= 0) return '[too much]';
  const inside: Place = { depth: place.depth + 1, budget: place.budget, above: [...place.above, value] };
  try {
    if (Array.isArray(value)) return walkList(value, inside);
    if (value instanceof Error) return describeError(value, (part) => walk(part, inside));
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if (value instanceof URL) return redactText(value.href);
    if (value instanceof Map || value instanceof Headers) return walkEntries(value.entries(), inside);
    if (value instanceof Set) return walkList([...value], inside);
    const json = (value as { toJSON?: unknown }).toJSON;
    if (typeof json === 'function') return walk(json.call(value), inside);
    return walkEntries(Object.entries(value), inside);
  } catch {
    // A getter or toJSON of the logged object threw: a log line must not fail the work it tells about.
    return '[unreadable]';
  }
}

function walkList(list: readonly unknown[], place: Place): unknown[] {
  const result: unknown[] = [];
  const first = list[0];
  const isPair = list.length === 2 && typeof first === 'string' && isSensitiveKey(first);
  let previousIsHeader = isPair;
  for (const [index, item] of list.entries()) {
    if (index === maxItems) {
      result.push(`… (${list.length} items)`);
      break;
    }
    const hide = index > 0 && previousIsHeader;
    previousIsHeader = (isPair && index === 0) || (!hide && typeof item === 'string' && isSensitiveHeaderName(item));
    result.push(hide ? redacted : item === undefined ? null : walk(item, place));
  }
  return result;
}

function walkEntries(entries: Iterable<readonly [unknown, unknown]>, place: Place): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  let count = 0;
  for (const [key, value] of entries) {
    if (value === undefined) continue;
    if (++count > maxItems) {
      result['…'] = `more than ${maxItems} entries`;
      break;
    }
    const name = typeof key === 'string' ? key : String(walk(key, place));
    const hide = isSensitiveKey(name) && value !== null;
    Object.defineProperty(result, redactText(name), {
      value: hide ? redacted : walk(value, place),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}
