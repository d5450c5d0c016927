import { z } from 'zod';

interface Range {
  readonly min?: number;
  readonly max?: number;
}

function inRange(schema: z.ZodNumber, range: Range): z.ZodNumber {
  const withMin = range.min === undefined ? schema : schema.min(range.min);
  return range.max === undefined ? withMin : withMin.max(range.max);
}

/** A whole number that JavaScript holds exactly. */
export function integer(range: Range = {}): z.ZodNumber {
  return inRange(z.number().int(), range);
}

/** A finite number. */
export function decimal(range: Range = {}): z.ZodNumber {
  return inRange(z.number(), range);
}

/** A share from 0 to 1. */
export function ratio(): z.ZodNumber {
  return z.number().min(0).max(1);
}

/** `true` or `false`. */
export function flag(): z.ZodBoolean {
  return z.boolean();
}

/** Text of at least one character. */
export function text(): z.ZodString {
  return z.string().min(1);
}

/** One of a fixed set of words. */
export function choice<const T extends readonly [string, ...string[]]>(words: T): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(words);
}

/** A list of texts; in the environment a comma list or JSON. */
export function textList(): z.ZodArray<z.ZodString> {
  return z.array(z.string().min(1));
}

/** An absolute address with one of these schemes, for example `['http', 'https']`. */
export function address(schemes: readonly string[]): z.ZodString {
  const isAddress = (value: string): boolean =>
    URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1));
  return z.string().refine(isAddress, { error: `expected an address with ${schemes.join(':// or ')}://` });
}

/** A TCP port; 0 means: choose a free one. */
export function port(): z.ZodNumber {
  return integer({ min: 0, max: 65_535 });
}
