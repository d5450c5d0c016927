/** Milliseconds of gRPC's units, by the code of their letter. */
const unitMs: readonly number[] = unitTable({ H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000_001 });

/** Eight digits of milliseconds, 27 hours; nobody waits longer for a call. */
const longestMs = 99_999_999;
const mostDigits = 8;

/** Writes gRPC's `grpc-timeout`; rounds up to a whole millisecond, so that it is never 0. */
export function formatTimeout(ms: number): string {
  return `${Math.min(longestMs, Math.max(1, Math.ceil(ms)))}m`;
}

/** Reads `grpc-timeout`; undefined when it is absent or malformed. Every call has one, so nothing is allocated. */
export function parseTimeout(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const digits = value.length - 1;
  if (digits < 1 || digits > mostDigits) return undefined;
  const unit = unitMs[value.charCodeAt(digits)];
  if (unit === undefined) return undefined;
  let amount = 0;
  for (let i = 0; i < digits; i++) {
    const digit = value.charCodeAt(i) - zero;
    if (digit < 0 || digit > 9) return undefined;
    amount = amount * 10 + digit;
  }
  return amount * unit;
}

const zero = 48;

function unitTable(units: Readonly<Record<string, number>>): number[] {
  const table: number[] = [];
  for (const [letter, ms] of Object.entries(units)) table[letter.charCodeAt(0)] = ms;
  return table;
}
