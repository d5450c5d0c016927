import { InvalidArgumentError } from 'commander';

/** Reads a whole number of an option. */
export function parseInteger(min: number, max: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Adds `NAME=value` to the variables given before. */
export function collectVariable(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be NAME=value.');
  return { ...before, [name]: value };
}

/** Adds a word to those given before. */
export function collectWord(text: string, before: readonly string[] = []): string[] {
  if (/^[a-z][a-z0-9-]{0,62}$/.test(text)) return [...before, text];
  throw new InvalidArgumentError('It must be lower-case letters, digits and dashes, first a letter.');
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `90s`, `15m`, `2h` or `3d` as milliseconds. */
export function parseDuration(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (unitMs[unit] ?? Number.NaN);
  if (ms <= 365 * 86_400_000) return ms;
  throw new InvalidArgumentError('It must be a number and s, m, h or d, at most a year.');
}

/** Reads an instant in ISO 8601. */
export function parseInstant(text: string): Date {
  const at = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(at.getTime())) return at;
  throw new InvalidArgumentError('It must be a time such as 2026-11-28T10:00:00Z.');
}

/** Reads a position of an event. */
export function parsePosition(text: string): bigint {
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('It must be a whole number from 0.');
}

/** Reads the id of a dead letter. */
export function parseLetterId(text: string): { consumer: string; source: string; position: bigint } {
  const [, consumer, source, position] = /^([^/]{1,63})\/([^/]{1,63})\/(-?\d{1,18})$/.exec(text) ?? [];
  if (consumer !== undefined && source !== undefined && position !== undefined) {
    return { consumer, source, position: BigInt(position) };
  }
  throw new InvalidArgumentError('The id of a dead letter is consumer/source/position.');
}

/** Reads why somebody acts. */
export function parseReason(text: string): string {
  if (text.trim() !== '' && text.length <= 500) return text;
  throw new InvalidArgumentError('It must say why, in at most 500 characters.');
}
