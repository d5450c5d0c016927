export type { LoadConfigOptions } from './collect-values.ts';
export { type ConfigChange, compareConfig } from './compare-config.ts';
export {
  type ConfigDefinition,
  type ConfigKey,
  type ConfigKeyInput,
  type ConfigKeys,
  type ConfigOf,
  type ConfigValues,
  defineConfig,
  extendConfig,
} from './define-config.ts';
export { type ConfigKeyDescription, describeConfig } from './describe-config.ts';
export { environmentName } from './environment-name.ts';
export { configReasons } from './errors.ts';
export { loadConfig } from './load-config.ts';
export { address, choice, decimal, flag, integer, port, ratio, text, textList } from './schemas.ts';
