import { PlatformError } from '@mainstay/kernel';
import type { z } from 'zod';
import { readingsOf } from './decode-text.ts';
import type { ConfigDefinition, ConfigKey, ConfigKeys, ConfigValues } from './define-config.ts';
import { environmentName, environmentPrefix, isServiceLink } from './environment-name.ts';
import { configReasons } from './errors.ts';
import { flattenSection, isMapping } from './flatten-section.ts';
import { nearestName } from './nearest.ts';
import { readConfigFile } from './read-file.ts';
import { showValue } from './show-value.ts';

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

interface Problem {
  readonly key: string;
  readonly rule: string;
  readonly message: string;
}

interface Candidate {
  readonly value: unknown;
  readonly isText: boolean;
  readonly source: string;
}

/**
 * Resolves every key of a definition: environment over file over default.
 *
 * All problems are reported at once, each with key, rule, value received and where it came from; unknown keys
 * of the section and unknown variables with its prefix are problems too, with the name that was probably meant.
 *
 * Shape: exactly the declared keys; frozen, also inside lists and mappings.
 *
 * @throws {@link PlatformError} `invalid_argument` / `CONFIG_INVALID` with one violation per problem;
 * `failed_precondition` / `CONFIG_FILE_UNREADABLE`. Neither shows a secret.
 * @example
 * const config = loadConfig(ordersConfig, { file: 'mainstay.yaml', env: process.env });
 * config['saga.step_timeout_ms']; // 5000
 */
export function loadConfig<Keys extends ConfigKeys>(
  definition: ConfigDefinition<Keys>,
  options: LoadConfigOptions,
): ConfigValues<Keys> {
  const problems: Problem[] = [];
  const candidates = new Map<string, Candidate>();
  collectFromFile(definition, options, { candidates, problems });
  collectFromEnvironment(definition, options, { candidates, problems });
  const values: Record<string, unknown> = {};
  for (const [key, declared] of Object.entries(definition.keys)) {
    values[key] = resolveKey(definition.name, key, { declared, candidate: candidates.get(key), problems });
  }
  if (problems.length > 0) throw invalid(definition.name, problems);
  return Object.freeze(values) as ConfigValues<Keys>;
}

interface Collected {
  readonly candidates: Map<string, Candidate>;
  readonly problems: Problem[];
}

function collectFromFile(definition: ConfigDefinition, options: LoadConfigOptions, into: Collected): void {
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

function collectFromEnvironment(definition: ConfigDefinition, options: LoadConfigOptions, into: Collected): void {
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

function resolveKey(
  section: string,
  key: string,
  from: { readonly declared: ConfigKey; readonly candidate: Candidate | undefined; readonly problems: Problem[] },
): unknown {
  const { declared, candidate, problems } = from;
  if (candidate === undefined) {
    const parsed = declared.schema.safeParse(declared.default);
    if (parsed.success) return deepFreeze(parsed.data);
    const message = `${key} is required: set ${environmentName(section, key)} or ${section}.${key} in the file`;
    problems.push({ key, rule: 'required', message });
    return undefined;
  }
  const readings = candidate.isText ? readingsOf(candidate.value as string) : [candidate.value];
  let issues: readonly z.core.$ZodIssue[] = [];
  for (const reading of readings) {
    const parsed = declared.schema.safeParse(reading);
    if (parsed.success) return deepFreeze(parsed.data);
    if (issues.length === 0 || typeof reading === 'number') issues = parsed.error.issues;
  }
  for (const issue of issues) problems.push(broken(key, issue, { candidate, secret: declared.secret === true }));
  return undefined;
}

function broken(
  key: string,
  issue: z.core.$ZodIssue,
  from: { readonly candidate: Candidate; readonly secret: boolean },
): Problem {
  const path = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  const rule = from.secret && quotes(issue.message, from.candidate.value) ? 'breaks its rule' : issue.message;
  const shown = showValue(from.candidate.value, from.secret);
  return {
    key,
    rule: issue.code ?? 'custom',
    message: `${key}${from.secret ? '' : path}: ${rule}, got ${shown} (${from.candidate.source})`,
  };
}

/** A rule written by hand may quote the value; six characters of it in a row are taken for a quote. */
function quotes(message: string, secret: unknown): boolean {
  if (typeof secret !== 'string') return true;
  const length = Math.min(6, secret.length);
  for (let start = 0; start + length <= secret.length; start++) {
    if (message.includes(secret.slice(start, start + length))) return true;
  }
  return false;
}

function unknown(name: string, known: readonly string[], what: string): Problem {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? '' : `, did you mean ${nearest}?`;
  return { key: name, rule: 'unknown', message: `${name} is not a known ${what}${hint}` };
}

function invalid(section: string, problems: readonly Problem[]): PlatformError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const message = `configuration of ${section} has ${count}: ${problems.map((problem) => problem.message).join('; ')}`;
  const violations = problems.map(({ key, rule, message: text }) => ({ field: key, rule, message: text }));
  return new PlatformError(configReasons.CONFIG_INVALID, message, { violations });
}

function deepFreeze<T>(value: T): T {
  const isPlain = Array.isArray(value) || (isMapping(value) && Object.getPrototypeOf(value) === Object.prototype);
  if (!isPlain) return value;
  for (const child of Object.values(value as object)) deepFreeze(child);
  return Object.freeze(value);
}
