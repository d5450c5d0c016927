import type { JsonValue } from '@bufbuild/protobuf';
import { type FieldViolation, PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';
import { type JsonScan, scanJson } from './scan-json.ts';

/** JSON as it comes out of the parser: whole numbers beyond 2^53 are `bigint`, so that no digit is lost. */
export type ParsedJson = JsonValue | bigint;

/** Deepest nesting of objects and arrays that is taken; the shop's deepest message has 4, so 32 leaves ample room. */
const maxJsonDepth = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses a JSON body and tells what `JSON.parse` hides: names that stand twice, and lost digits.
 *
 * Messages never quote the body, because it may hold a password. A name such as `__proto__` becomes an ordinary
 * own property.
 *
 * @returns the value, and a violation for each name that stands twice in one object.
 * @throws {@link PlatformError} `invalid_argument` / `BODY_MALFORMED` when the bytes are not UTF-8, not JSON, or
 * nested deeper than {@link maxJsonDepth}; executed: no.
 */
export function parseJsonBody(bytes: Uint8Array): {
  readonly value: ParsedJson;
  readonly violations: readonly FieldViolation[];
} {
  const text = decodeText(bytes);
  const scan = scanJson(text, maxJsonDepth);
  if (scan.tooDeep) {
    throw new PlatformError(gatewayReasons.BODY_MALFORMED, `the body is nested deeper than ${maxJsonDepth} levels`);
  }
  return { value: parseText(text, scan), violations: scan.duplicates.map(duplicateViolation) };
}

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new PlatformError(gatewayReasons.BODY_MALFORMED, 'the body is not UTF-8', { cause });
  }
}

function parseText(text: string, scan: JsonScan): ParsedJson {
  try {
    return (scan.hasLongNumber ? JSON.parse(text, keepDigits) : JSON.parse(text)) as ParsedJson;
  } catch (error) {
    // The parser's own message quotes the body; only the position is safe to pass on, and it is not the cause either.
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    const where = position === undefined ? '' : ` at character ${Number(position) + 1}`;
    throw new PlatformError(gatewayReasons.BODY_MALFORMED, `the body is not valid JSON${where}`);
  }
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return /^-?\d+$/.test(context?.source ?? '') ? BigInt(context?.source ?? '') : value;
}

function duplicateViolation(field: string): FieldViolation {
  return { field, rule: 'json.duplicate', message: 'must stand once only' };
}
