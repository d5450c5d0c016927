import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';

/**
 * Makes a UUIDv7: 48 bits of time, so that ids sort by age, and 74 random bits.
 *
 * Ids made in the same millisecond are in no order. Cost: about 1 µs.
 *
 * @param clock - where the time comes from, default the machine's.
 * @see RFC 9562 section 5.7
 * @example
 * uuidv7(); // '0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2d3e'
 */
export function uuidv7(clock: Pick<Clock, 'nowMs'> = systemClock): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let time = clock.nowMs();
  for (let i = 5; i >= 0; i--) {
    bytes[i] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** Tells whether a string is a UUID of any version, as PostgreSQL's `uuid` type takes it. */
export function isUuid(value: string): boolean {
  return uuidShape.test(value);
}
