import type { ServiceNames } from './names.ts';

/** What a template may name beside the spellings of the service's name. */
export interface TemplateValues {
  readonly names: ServiceNames;
  /** Exact versions of packages, as the tree uses them. */
  readonly versions: ReadonlyMap<string, string>;
}

/**
 * Fills `{{name}}`, `{{Entity}}` and so on, and `{{version:kysely}}`, into a text or a path.
 *
 * @returns the text, and every placeholder that has no value.
 */
export function render(template: string, { names, versions }: TemplateValues): { text: string; unknown: string[] } {
  const unknown: string[] = [];
  const text = template.replaceAll(/\{\{([^}]+)\}\}/g, (whole, key: string) => {
    const value = key.startsWith('version:')
      ? versions.get(key.slice('version:'.length))
      : (names as unknown as Readonly<Record<string, string>>)[key];
    if (value === undefined) unknown.push(whole);
    return value ?? whole;
  });
  return { text, unknown };
}
