const shape = /^([0-9]{1,8})([HMSmun])$/;

const unitMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};

/** Eight digits of milliseconds, 27 hours; nobody waits longer for a call. */
const longestMs = 99_999_999;

/** Writes gRPC's `grpc-timeout`; rounds up to a whole millisecond, so that it is never 0. */
export function formatTimeout(ms: number): string {
  return `${Math.min(longestMs, Math.max(1, Math.ceil(ms)))}m`;
}

/** Reads `grpc-timeout`; undefined when it is absent or malformed. */
export function parseTimeout(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const match = shape.exec(value);
  return match === null ? undefined : Number(match[1]) * (unitMs[match[2] as string] as number);
}
