import { isDeepStrictEqual } from 'node:util';
import type { ConfigDefinition } from './define-config.ts';

/** What differs between two configurations of one section. */
export interface ConfigChange {
  /** Keys of which another value may be put in force while running. */
  readonly reloadable: readonly string[];
  /** Keys of which another value needs a restart. */
  readonly needsRestart: readonly string[];
  /** The values to go on with: the new ones, but for those that need a restart. */
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Compares the values of a section in force with those just read; names keys only, so secrets may be among them.
 *
 * @example
 * const { reloadable, values } = compareConfig(ordersConfig, inForce, loadConfig(ordersConfig, sources));
 * if (reloadable.length > 0) orders.configure(values);
 */
export function compareConfig(
  definition: ConfigDefinition,
  inForce: Readonly<Record<string, unknown>>,
  read: Readonly<Record<string, unknown>>,
): ConfigChange {
  const changed = Object.keys(definition.keys).filter((key) => !isDeepStrictEqual(inForce[key], read[key]));
  const reloadable = changed.filter((key) => definition.keys[key]?.reloadable === true);
  const values = { ...inForce };
  for (const key of reloadable) values[key] = read[key];
  return {
    reloadable,
    needsRestart: changed.filter((key) => definition.keys[key]?.reloadable !== true),
    values: Object.freeze(values),
  };
}
