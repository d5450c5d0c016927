const secondsPerDay = 86_400;
const minSeconds = -62_135_596_800;
const maxSeconds = 253_402_300_799;
const twoDigits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** The last day that was written, since times that are written together are mostly of one day. */
let lastDay = 0;
let lastDate = '1970-01-01T';

/**
 * Writes a time as RFC 3339 in UTC, with as many groups of three digits behind the second as it needs.
 *
 * @returns undefined when it lies outside of the years 1 to 9999, or is not a whole number of nanoseconds.
 */
export function isoTime(seconds: number, nanos: number): string | undefined {
  if (!(seconds >= minSeconds && seconds <= maxSeconds && nanos >= 0 && nanos <= 999_999_999)) return undefined;
  if (nanos !== (nanos | 0)) return undefined;
  const day = Math.floor(seconds / secondsPerDay);
  const second = seconds - day * secondsPerDay;
  const minute = (second / 60) | 0;
  const hour = (minute / 60) | 0;
  const time = `${twoDigits[hour]}:${twoDigits[minute - hour * 60]}:${twoDigits[second - minute * 60]}`;
  return `${dateOf(day)}${time}${fraction(nanos)}Z`;
}

function dateOf(day: number): string {
  if (day !== lastDay) {
    lastDate = new Date(day * secondsPerDay * 1_000).toISOString().slice(0, 11);
    lastDay = day;
  }
  return lastDate;
}

/** The digits behind the second, with their point: none, three, six or nine. */
export function fraction(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  if (digits.endsWith('000000')) return `.${digits.slice(0, 3)}`;
  return `.${digits.endsWith('000') ? digits.slice(0, 6) : digits}`;
}
