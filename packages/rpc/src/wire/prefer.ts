const shape = /(?:^|[,;\s])wait\s*=\s*"?([0-9]{1,5})"?(?=$|[,;\s])/i;

/** Reads `wait` from a `Prefer` header, in seconds; undefined when it is absent. */
export function parsePreferWait(value: string | undefined): number | undefined {
  const match = value === undefined ? null : shape.exec(value);
  return match === null ? undefined : Number(match[1]);
}

/** Writes a `Prefer` header. */
export function formatPreferWait(seconds: number): string {
  return `wait=${Math.max(0, Math.floor(seconds))}`;
}
