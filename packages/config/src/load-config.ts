import type { z } from 'zod';
import { collectFromEnvironment, collectFromFile, type LoadConfigOptions } from './collect-values.ts';
import { readingsOf } from './decode-text.ts';
import type { ConfigDefinition, ConfigKey, ConfigKeys, ConfigValues } from './define-config.ts';
import { environmentName } from './environment-name.ts';
import { isMapping } from './flatten-section.ts';
import { broken, type Candidate, invalid, type Problem } from './problem.ts';

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
    if (issues.length === 0 || typeof reading === 'number' || isMapping(reading)) issues = parsed.error.issues;
  }
  for (const issue of issues) problems.push(broken(key, issue, { candidate, secret: declared.secret === true }));
  return undefined;
}

function deepFreeze<T>(value: T): T {
  const isPlain = Array.isArray(value) || (isMapping(value) && Object.getPrototypeOf(value) === Object.prototype);
  if (!isPlain) return value;
  for (const child of Object.values(value as object)) deepFreeze(child);
  return Object.freeze(value);
}
