/** Values of placeholders by name, for example `port.gateway`, `secret.processor_key`, `data`. */
export type PlaceholderValues = Readonly<Record<string, string>>;

const shape = /\$\{([^}]*)\}/g;

/** Names of the placeholders in a text, in order. */
export function placeholdersIn(text: string): string[] {
  return Array.from(text.matchAll(shape), (match) => match[1] ?? '');
}

/** Fills in `${name}`; names were checked when the file was read, an unknown one stays as it is. */
export function fillIn(text: string, values: PlaceholderValues): string {
  return text.replace(shape, (whole, name: string) => values[name] ?? whole);
}

/** Fills in every value of an environment. */
export function fillInAll(
  environment: Readonly<Record<string, string | number | boolean>>,
  values: PlaceholderValues,
): Record<string, string> {
  const entries = Object.entries(environment);
  return Object.fromEntries(entries.map(([name, value]) => [name, fillIn(String(value), values)]));
}
