import { optionError } from '@mainstay/kernel';
import type { z } from 'zod';
import { environmentName } from './environment-name.ts';

/**
 * What a default may be: the type a file would hold, or the parsed type for schemas that take anything (`z.coerce`).
 */
type DefaultOf<S extends z.ZodType> = unknown extends z.input<S> ? z.output<S> : z.input<S>;

/** Declaration of one key. */
export interface ConfigKey<S extends z.ZodType = z.ZodType> {
  /** Rule and type of the value; strings of the environment are decoded before they reach it. */
  readonly schema: S;
  /** Value when neither file nor environment gives one; parsed like any other. Absent: the key is required unless the schema allows undefined. */
  readonly default?: unknown;
  /** Unit for the reference page, for example `ms`; the key's name should end with it. */
  readonly unit?: string;
  /** One sentence for the reference page. */
  readonly description: string;
  /** May the value change without a restart? */
  readonly reloadable: boolean;
  /** Never show the value, neither in errors nor in the reference page; default false. */
  readonly secret?: boolean;
}

/** A declaration as it is written: the default has the type that the schema asks for. */
export type ConfigKeyInput<S extends z.ZodType> = Omit<ConfigKey<S>, 'default'> & { readonly default?: DefaultOf<S> };

/** Keys by their dotted lower-case name. */
export type ConfigKeys = Readonly<Record<string, ConfigKey>>;

/** All keys of one section; made by {@link defineConfig}. */
export interface ConfigDefinition<Keys extends ConfigKeys = ConfigKeys> {
  /** Section in the file and, in upper case, prefix of the environment variables. */
  readonly name: string;
  readonly keys: Keys;
}

/** The parsed values, under the keys as they were declared. */
export type ConfigValues<Keys extends ConfigKeys> = {
  readonly [K in keyof Keys]: z.output<Keys[K]['schema']>;
};

/** Values of a definition: `ConfigOf<typeof ordersConfig>`. */
export type ConfigOf<D extends ConfigDefinition> = ConfigValues<D['keys']>;

const nameShape = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const keyShape = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/;

/**
 * Declares the configuration of a service or a part of the platform; reads nothing.
 *
 * Two keys with one environment name, a key that is also the parent of another, and a default that breaks
 * its own rule are refused here, not at the first start of somebody else.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for a wrong name, key or default.
 * @example
 * const ordersConfig = defineConfig({
 *   name: 'orders',
 *   keys: {
 *     'saga.step_timeout_ms': {
 *       schema: integer({ min: 1 }), default: 5_000, unit: 'ms',
 *       description: 'Limit of one attempt of a saga step', reloadable: true,
 *     },
 *   },
 * });
 */
export function defineConfig<const Schemas extends Readonly<Record<string, z.ZodType>>>(definition: {
  readonly name: string;
  readonly keys: { readonly [K in keyof Schemas]: ConfigKeyInput<Schemas[K]> };
}): ConfigDefinition<{ readonly [K in keyof Schemas]: ConfigKey<Schemas[K]> }> {
  const { name, keys } = definition;
  if (!nameShape.test(name)) throw optionError('config.name', 'lower-case words joined by -', name);
  checkKeys(name, keys as ConfigKeys);
  return Object.freeze({ name, keys: Object.freeze({ ...keys }) });
}

/** Adds keys to a definition, for example the ones that the host of a service reads on its behalf. */
export function extendConfig<A extends ConfigKeys, B extends ConfigKeys>(
  base: ConfigDefinition<A>,
  more: ConfigDefinition<B>,
): ConfigDefinition<A & B> {
  const twice = Object.keys(more.keys).find((key) => key in base.keys);
  if (twice !== undefined) throw optionError(`config key ${twice}`, `declared once in ${base.name}`, twice);
  checkKeys(base.name, { ...base.keys, ...more.keys });
  return Object.freeze({ name: base.name, keys: Object.freeze({ ...base.keys, ...more.keys }) });
}

function checkKeys(name: string, keys: ConfigKeys): void {
  const byEnvironmentName = new Map<string, string>();
  for (const [key, declared] of Object.entries(keys)) {
    if (!keyShape.test(key)) throw optionError(`config key of ${name}`, 'lower-case words joined by . and _', key);
    const variable = environmentName(name, key);
    const other = byEnvironmentName.get(variable);
    if (other !== undefined) throw optionError(`config key ${key}`, `different from ${other} in ${variable}`, key);
    byEnvironmentName.set(variable, key);
    const child = Object.keys(keys).find((candidate) => candidate.startsWith(`${key}.`));
    if (child !== undefined) throw optionError(`config key ${key}`, `a leaf, but ${child} lies below it`, key);
    checkDefault(name, key, declared);
  }
}

function checkDefault(name: string, key: string, declared: ConfigKey): void {
  if (declared.default === undefined) return;
  const parsed = declared.schema.safeParse(declared.default);
  if (parsed.success) return;
  const rule = parsed.error.issues[0]?.message ?? 'valid';
  throw optionError(`default of ${name}.${key}`, rule, declared.secret ? '***' : JSON.stringify(declared.default));
}
