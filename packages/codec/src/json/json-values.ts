import { Buffer } from 'node:buffer';
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import { fraction, isoTime } from './iso-time.ts';

/** Up to this length a text is quicker looked through here than by a pattern. */
const shortText = 40;
const needsEscape = /["\\\p{Cc}\p{Cs}]/u;
const maxDurationSeconds = 315_576_000_000;

/**
 * Writes the values of fields as JSON text.
 *
 * It takes values of the type that their field has. At any other it gives up, and what was written is worth nothing:
 * whoever sees that asks the reference.
 */
export class JsonValues {
  hasGivenUp = false;

  giveUp(): '' {
    this.hasGivenUp = true;
    return '';
  }

  string(value: string): string {
    if (typeof value !== 'string') return this.giveUp();
    return isPlain(value) ? `"${value}"` : JSON.stringify(value);
  }

  bool(value: boolean): string {
    if (typeof value !== 'boolean') return this.giveUp();
    return value ? 'true' : 'false';
  }

  /** A number of 32 bits, with a sign or without. */
  integer(value: number): string {
    return value === (value | 0) || value === value >>> 0 ? `${value}` : this.giveUp();
  }

  /** A number of 64 bits, which JSON has as text. */
  long(value: bigint): string {
    return typeof value === 'bigint' ? `"${value}"` : this.giveUp();
  }

  real(value: number): string {
    if (typeof value !== 'number') return this.giveUp();
    return Number.isFinite(value) ? `${value}` : `"${value}"`;
  }

  bytes(value: Uint8Array): string {
    if (!(value instanceof Uint8Array)) return this.giveUp();
    return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`;
  }

  /** @param names - the names of the values, in quotes; others are written as numbers. */
  enum(value: number, names: ReadonlyMap<number, string>): string {
    return names.get(value) ?? this.integer(value);
  }

  timestamp({ seconds, nanos }: Timestamp): string {
    const text = typeof seconds === 'bigint' ? isoTime(Number(seconds), nanos) : undefined;
    return text === undefined ? this.giveUp() : `"${text}"`;
  }

  duration({ seconds: whole, nanos }: Duration): string {
    const seconds = Number(whole);
    const isWhole = typeof whole === 'bigint' && nanos === (nanos | 0) && Math.abs(nanos) <= 999_999_999;
    const hasOneSign = seconds === 0 || nanos === 0 || seconds > 0 === nanos > 0;
    if (!(isWhole && hasOneSign) || Math.abs(seconds) > maxDurationSeconds) return this.giveUp();
    const sign = seconds < 0 || nanos < 0 ? '-' : '';
    return `"${sign}${Math.abs(seconds)}${fraction(Math.abs(nanos))}s"`;
  }
}

/** Whether a text stands in JSON as it is, between quotes. */
function isPlain(value: string): boolean {
  const { length } = value;
  if (length > shortText) return !needsEscape.test(value);
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x20 || code === 0x22 || code === 0x5c || (code >= 0xd800 && code <= 0xdfff)) return false;
  }
  return true;
}
