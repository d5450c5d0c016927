/** `minWeightRatio` as `min_weight_ratio`: files and pages are written so. */
export function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `min_weight_ratio` as `minWeightRatio`: code is written so. */
export function toCamelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Copies plain values with every name of every object rewritten. */
export function withNames(value: unknown, rewrite: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((child) => withNames(child, rewrite));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [rewrite(name), withNames(child, rewrite)]));
}
