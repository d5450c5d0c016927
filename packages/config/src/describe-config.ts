import { z } from 'zod';
import type { ConfigDefinition, ConfigKey } from './define-config.ts';
import { environmentName } from './environment-name.ts';

/** One key as the reference page shows it. */
export interface ConfigKeyDescription {
  /** Section name. */
  readonly section: string;
  readonly key: string;
  readonly environment: string;
  /** Type and range in words, for example `integer, 1 to 100`. */
  readonly type: string;
  /** JSON of the default; `***` for a secret; undefined when there is none. */
  readonly default: string | undefined;
  readonly required: boolean;
  readonly unit: string | undefined;
  readonly description: string;
  readonly reloadable: boolean;
  readonly secret: boolean;
}

/**
 * Lists the keys of a definition for the reference page, in the order of declaration.
 *
 * Shape: one entry per key; no value of a secret.
 */
export function describeConfig(definition: ConfigDefinition): readonly ConfigKeyDescription[] {
  return Object.entries(definition.keys).map(([key, declared]) => ({
    section: definition.name,
    key,
    environment: environmentName(definition.name, key),
    type: typeInWords(declared.schema),
    default: shownDefault(declared),
    required: declared.default === undefined && !declared.schema.safeParse(undefined).success,
    unit: declared.unit,
    description: declared.description,
    reloadable: declared.reloadable,
    secret: declared.secret === true,
  }));
}

function shownDefault(declared: ConfigKey): string | undefined {
  if (declared.default === undefined) return undefined;
  return declared.secret === true ? '***' : JSON.stringify(declared.default);
}

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
}

function typeInWords(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as JsonSchema;
  return describeSchema(json);
}

function describeSchema(json: JsonSchema): string {
  if (json.enum !== undefined) return `one of ${json.enum.join(', ')}`;
  if (json.type === 'array') return `list of ${describeSchema(json.items ?? {})}`;
  const range = describeRange(json);
  return range === '' ? (json.type ?? 'any') : `${json.type}, ${range}`;
}

function describeRange({ minimum, maximum }: JsonSchema): string {
  const min = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const max = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  if (min !== undefined) return `at least ${min}`;
  return max === undefined ? '' : `at most ${max}`;
}
