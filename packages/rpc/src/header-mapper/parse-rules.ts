import { refuseRules } from './check-rules.ts';
import type { HeaderDirection, HeaderRule, HeaderTransform } from './header-rule.ts';

type Entry = Readonly<Record<string, unknown>>;

const keys = new Set(
  'http_header grpc_metadata direction required default_value transforms max_length secret identity baggage'.split(' '),
);
const words = new Set(['trim', 'lower', 'upper']);

/**
 * Reads rules as a configuration file has them.
 *
 * Shape: a list of `{ http_header, grpc_metadata, direction: in | out | both, required?, default_value?, transforms?,
 * max_length?, secret?, identity?, baggage? }`; `default_value` is a text or `{ generate: uuid }`; a transform is `trim`,
 * `lower`, `upper`, or one of `remove_prefix`, `add_prefix`, `add_suffix`, `truncate`, `mask`, `match`, or `replace`
 * beside `with`.
 *
 * @throws {@link PlatformError} `invalid_argument` / `HEADER_RULES_INVALID` with every problem, each with its position.
 */
export function parseHeaderRules(value: unknown): HeaderRule[] {
  if (!Array.isArray(value)) {
    refuseRules(['the rules must be a list']);
    return [];
  }
  const problems: string[] = [];
  const rules = value.map((entry: unknown, i) =>
    parseRule(entry, (problem) => problems.push(`rules[${i}]: ${problem}`)),
  );
  refuseRules(problems);
  return rules;
}

function parseRule(entry: unknown, say: (problem: string) => void): HeaderRule {
  const fields: Entry = isEntry(entry) ? entry : {};
  if (!isEntry(entry)) say('is no set of keys');
  for (const key of Object.keys(fields)) if (!keys.has(key)) say(`${key} is unknown`);
  const get = <T>(key: string, isFit: (value: unknown) => value is T, rule: string): T | undefined => {
    const value = fields[key];
    if (value === undefined || isFit(value)) return value;
    say(`${key} must be ${rule}, got ${JSON.stringify(value)}`);
    return undefined;
  };
  const need = <T>(key: string, isFit: (value: unknown) => value is T, rule: string): T | undefined => {
    if (fields[key] === undefined) say(`${key} is missing`);
    return get(key, isFit, rule);
  };
  const optional = {
    required: get('required', isFlag, 'true or false'),
    default: get('default_value', isDefault, 'a text or { generate: uuid }'),
    maxLength: get('max_length', isNumber, 'a number'),
    secret: get('secret', isFlag, 'true or false'),
    identity: get('identity', isIdentity, 'user_id, roles or tier'),
    baggage: get('baggage', isFlag, 'true or false'),
  };
  const transforms = get('transforms', Array.isArray, 'a list')?.map((transform: unknown) =>
    parseTransform(transform, say),
  );
  return {
    http: need('http_header', isText, 'a text') ?? '',
    metadata: need('grpc_metadata', isText, 'a text') ?? '',
    direction: need('direction', isDirection, 'in, out or both') ?? 'in',
    ...Object.fromEntries(Object.entries(optional).filter(([, option]) => option !== undefined)),
    ...(transforms !== undefined && { transforms }),
  };
}

function parseTransform(value: unknown, say: (problem: string) => void): HeaderTransform {
  if (typeof value === 'string' && words.has(value)) return value as 'trim';
  const { replace, with: replacement = '', ...single } = isEntry(value) ? value : {};
  if (typeof replace === 'string' && typeof replacement === 'string' && Object.keys(single).length === 0) {
    return { replace, with: replacement };
  }
  const [[name, argument] = ['', undefined], ...more] = Object.entries(single);
  if (more.length === 0 && replace === undefined) {
    if (typeof argument === 'string') {
      if (name === 'remove_prefix') return { removePrefix: argument };
      if (name === 'add_prefix') return { addPrefix: argument };
      if (name === 'add_suffix') return { addSuffix: argument };
      if (name === 'match') return { match: argument };
    }
    if (typeof argument === 'number' && Number.isSafeInteger(argument) && argument >= 0) {
      if (name === 'truncate') return { truncate: argument };
      if (name === 'mask') return { mask: argument };
    }
  }
  say(`the transform ${JSON.stringify(value)} is unknown`);
  return 'trim';
}

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isDirection = (value: unknown): value is HeaderDirection => value === 'in' || value === 'out' || value === 'both';
const isIdentity = (value: unknown): value is 'user_id' => value === 'user_id' || value === 'roles' || value === 'tier';
const isDefault = (value: unknown): value is string | { generate: 'uuid' } =>
  isText(value) || (isEntry(value) && value['generate'] === 'uuid' && Object.keys(value).length === 1);
