import { kernelReasons, PlatformError } from '@mainstay/kernel';

const dayMs = 86_400_000;
const usualDays = 30;
const mostDays = 366;

/**
 * The days that a request means: up to `today` and 30 of them when it does not say.
 *
 * @param asked - `YYYY-MM-DD` each, or empty.
 * @throws {@link PlatformError} `REQUEST_INVALID` for a day that does not exist, an end before the beginning, or more than 366 days.
 */
export function dayRange(
  asked: { readonly from: string; readonly to: string },
  today: string,
): { from: string; to: string } {
  const toMs = asked.to === '' ? Date.parse(today) : parseDay('to_day', asked.to);
  const fromMs = asked.from === '' ? toMs - (usualDays - 1) * dayMs : parseDay('from_day', asked.from);
  if (fromMs > toMs) throw invalid('from_day', 'is not after to_day');
  if (toMs - fromMs >= mostDays * dayMs) throw invalid('from_day', `is less than ${mostDays} days before to_day`);
  return { from: dayAt(fromMs), to: dayAt(toMs) };
}

function parseDay(field: string, day: string): number {
  const ms = Date.parse(day);
  // A day such as 30 February is read as one of March.
  if (Number.isNaN(ms) || dayAt(ms) !== day) throw invalid(field, 'is a day that exists');
  return ms;
}

function dayAt(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function invalid(field: string, message: string): PlatformError {
  return new PlatformError(kernelReasons.REQUEST_INVALID, `${field} must be a day that ${message}`, {
    violations: [{ field, rule: `${field}.range`, message }],
  });
}
