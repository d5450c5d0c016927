/** One value of the file's section under the dotted key it was found at. */
export interface FoundValue {
  readonly key: string;
  readonly value: unknown;
}

/**
 * Lists the values of a section by dotted key; nested mappings and dotted names mean the same.
 *
 * Descends until a declared key is reached, so a key's own value may be a mapping; a mapping above no
 * declared key is reported as one unknown name, not as each of its leaves.
 */
export function flattenSection(
  section: unknown,
  isKey: (key: string) => boolean,
  isParent: (key: string) => boolean,
): FoundValue[] {
  const found: FoundValue[] = [];
  const visit = (value: unknown, prefix: string): void => {
    for (const [name, child] of Object.entries(value as object)) {
      const key = prefix === '' ? name : `${prefix}.${name}`;
      if (!isKey(key) && isParent(key) && isMapping(child)) visit(child, key);
      else if (!isKey(key) && isParent(key) && child === null) continue;
      else found.push({ key, value: child });
    }
  };
  visit(section, '');
  return found;
}

/** Tells a YAML mapping from everything else. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
