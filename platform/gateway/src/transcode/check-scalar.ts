import { ScalarType } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import type { ParsedJson } from './json-text.ts';

/** Why a value does not fit: a stable rule and a sentence that does not show the value. */
export interface Misfit {
  readonly rule: string;
  readonly message: string;
}

const integerText = /^-?(?:0|[1-9]\d{0,19})$/;
const decimalText = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const float32Max = 3.4028234663852886e38;
const int32 = { rule: 'json.int32', min: -(2n ** 31n), max: 2n ** 31n - 1n };
const uint32 = { rule: 'json.uint32', min: 0n, max: 2n ** 32n - 1n };
const int64 = { rule: 'json.int64', min: -(2n ** 63n), max: 2n ** 63n - 1n };
const uint64 = { rule: 'json.uint64', min: 0n, max: 2n ** 64n - 1n };

/**
 * Checks a JSON value against a scalar type by the protobuf JSON mapping.
 *
 * Narrower than the mapping in two places, on purpose: numbers in strings are plain decimals (no `0x10`, no
 * exponent for integers), and text holds neither U+0000, which PostgreSQL cannot store, nor half a surrogate pair.
 *
 * @returns undefined when it fits.
 */
export function checkScalar(type: ScalarType, value: ParsedJson): Misfit | undefined {
  switch (type) {
    case ScalarType.BOOL:
      return typeof value === 'boolean' ? undefined : { rule: 'json.bool', message: 'must be true or false' };
    case ScalarType.STRING:
      return checkText(value);
    case ScalarType.BYTES:
      return isBase64(value) ? undefined : { rule: 'json.bytes', message: 'must be a string in base64' };
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return checkFloat(type, value);
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return checkInteger(int32, value);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return checkInteger(uint32, value);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return checkInteger(uint64, value);
    default:
      return checkInteger(int64, value);
  }
}

/** Checks that a value is text that can be stored and sent. */
export function checkText(value: ParsedJson): Misfit | undefined {
  if (typeof value !== 'string') return { rule: 'json.string', message: 'must be a string' };
  if (!value.isWellFormed()) return { rule: 'json.string', message: 'must not hold half of a surrogate pair' };
  if (value.includes('\0')) return { rule: 'json.string', message: 'must not hold the character U+0000' };
  return undefined;
}

function checkInteger(
  range: { readonly rule: string; readonly min: bigint; readonly max: bigint },
  value: ParsedJson,
): Misfit | undefined {
  const misfit = { rule: range.rule, message: `must be a whole number from ${range.min} to ${range.max}` };
  if (typeof value === 'string' ? !integerText.test(value) : !isWhole(value)) return misfit;
  const exact = BigInt(value as string | number | bigint);
  return exact < range.min || exact > range.max ? misfit : undefined;
}

function isWhole(value: ParsedJson): boolean {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

function checkFloat(type: ScalarType.DOUBLE | ScalarType.FLOAT, value: ParsedJson): Misfit | undefined {
  const misfit = { rule: type === ScalarType.FLOAT ? 'json.float' : 'json.double', message: 'must be a number' };
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return undefined;
  if (typeof value === 'string' && !decimalText.test(value)) return misfit;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return misfit;
  const number = Number(value);
  const limit = type === ScalarType.FLOAT ? float32Max : Number.MAX_VALUE;
  return Math.abs(number) <= limit ? undefined : { rule: misfit.rule, message: 'must be a number within range' };
}

function isBase64(value: ParsedJson): boolean {
  if (typeof value !== 'string') return false;
  try {
    base64Decode(value);
    return true;
  } catch {
    // The decoder's only way to say no.
    return false;
  }
}
