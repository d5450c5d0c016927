import type { ConfigDefinition } from './define-config.ts';
import { environmentName, environmentPrefix, isServiceLink } from './environment-name.ts';
import { flattenSection, isMapping } from './flatten-section.ts';
import { type Candidate, type Problem, unknown } from './problem.ts';
import { readConfigFile } from './read-file.ts';

/** Where values come from. */
export interface LoadConfigOptions {
  /** Path of a YAML file, or its content as an object; sections by name at the top level. Absent: no file. */
  readonly file?: string | URL | Readonly<Record<string, unknown>> | undefined;
  /** Usually `process.env`. An empty variable counts as not set. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Names of all sections that may appear. With it, an unknown top-level section is a problem, and variables of
   * a section whose prefix contains this one's (`card-processor` beside `card`) are left to their owner.
   */
  readonly sections?: readonly string[];
}

/** What was found for each key, and what should not be there. */
export interface Collected {
  readonly candidates: Map<string, Candidate>;
  readonly problems: Problem[];
}

/** Takes the values of the file's section. */
export function collectFromFile(definition: ConfigDefinition, options: LoadConfigOptions, into: Collected): void {
  const file = readConfigFile(options.file);
  const sections = options.sections;
  if (sections !== undefined) {
    for (const name of Object.keys(file.sections)) {
      if (name !== definition.name && !sections.includes(name)) {
        into.problems.push(unknown(name, [...sections, definition.name], `section in ${file.label}`));
      }
    }
  }
  const section = Object.hasOwn(file.sections, definition.name) ? file.sections[definition.name] : undefined;
  if (section === undefined || section === null) return;
  if (!isMapping(section)) {
    const message = `${definition.name} must be a mapping, got ${Array.isArray(section) ? 'a list' : typeof section} (${file.label})`;
    into.problems.push({ key: definition.name, rule: 'mapping', message });
    return;
  }
  const known = Object.keys(definition.keys);
  const isKey = (key: string): boolean => Object.hasOwn(definition.keys, key);
  const isParent = (key: string): boolean => known.some((candidate) => candidate.startsWith(`${key}.`));
  for (const { key, value } of flattenSection(section, isKey, isParent)) {
    if (!isKey(key)) {
      into.problems.push(unknown(key, known, `key in section ${definition.name} of ${file.label}`));
    } else if (into.candidates.has(key)) {
      const message = `${key} is given twice in section ${definition.name} of ${file.label}`;
      into.problems.push({ key, rule: 'once', message });
    } else {
      into.candidates.set(key, { value, isText: false, source: `${file.label}, section ${definition.name}` });
    }
  }
}

/** Takes the values of the environment, over those of the file. */
export function collectFromEnvironment(
  definition: ConfigDefinition,
  options: LoadConfigOptions,
  into: Collected,
): void {
  const prefix = environmentPrefix(definition.name);
  const keyOf = new Map(Object.keys(definition.keys).map((key) => [environmentName(definition.name, key), key]));
  const others = (options.sections ?? []).map(environmentPrefix).filter((p) => p !== prefix && p.startsWith(prefix));
  for (const [variable, value] of Object.entries(options.env)) {
    if (value === undefined || value === '' || !variable.startsWith(prefix)) continue;
    if (isServiceLink(variable.slice(prefix.length), value)) continue;
    const key = keyOf.get(variable);
    if (key !== undefined) {
      into.candidates.set(key, { value, isText: true, source: `environment variable ${variable}` });
    } else if (!others.some((other) => variable.startsWith(other))) {
      into.problems.push(unknown(variable, [...keyOf.keys()], 'environment variable'));
    }
  }
}
