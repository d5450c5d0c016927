import { PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../errors.ts';
import type { HeaderRule } from './header-rule.ts';
import { compileTransforms } from './transforms.ts';

const httpName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const metadataKey = /^[0-9a-z_.-]+$/;

/** What the protocol or the platform itself says with these; no rule may speak for it. */
const reservedKey =
  /^(?:grpc-.*|mainstay-.*|te|host|connection|content-type|content-length|transfer-encoding|traceparent|tracestate)$/;
const reservedHttp =
  /^(?:mainstay-.*|host|connection|keep-alive|content-length|transfer-encoding|te|trailer|upgrade|x-trace-id)$/i;

/** @throws {@link PlatformError} `HEADER_RULES_INVALID` with everything that is wrong, each with the rule's position. */
export function checkHeaderRules(rules: readonly HeaderRule[]): void {
  const problems: string[] = [];
  const seen = new Map<string, number>();
  for (const [i, rule] of rules.entries()) {
    const say = (problem: string): void =>
      void problems.push(`rules[${i}] (${rule.http} ↔ ${rule.metadata}): ${problem}`);
    for (const problem of problemsOf(rule)) say(problem);
    for (const direction of rule.direction === 'both' ? ['in', 'out'] : [rule.direction]) {
      const key = `${direction} ${rule.http.toLowerCase()} ${rule.metadata}`;
      const first = seen.get(key);
      if (first === undefined) seen.set(key, i);
      else say(`maps ${direction} as rules[${first}] does`);
    }
  }
  refuseRules(problems);
}

/** @throws {@link PlatformError} `HEADER_RULES_INVALID` when there are problems. */
export function refuseRules(problems: readonly string[]): void {
  if (problems.length > 0) throw new PlatformError(rpcReasons.HEADER_RULES_INVALID, problems.join('; '));
}

function* problemsOf(rule: HeaderRule): Generator<string> {
  const { http, metadata, direction, maxLength = 1, identity } = rule;
  if (!httpName.test(http)) yield `${JSON.stringify(http)} is no name of an HTTP header`;
  if (!metadataKey.test(metadata)) yield `${JSON.stringify(metadata)} is no metadata key in lower case`;
  if (reservedKey.test(metadata)) yield `the metadata key ${metadata} is reserved`;
  if (reservedHttp.test(http)) yield `the HTTP header ${http} is reserved`;
  if (!['in', 'out', 'both'].includes(direction)) yield `direction must be in, out or both, got ${String(direction)}`;
  if (!Number.isSafeInteger(maxLength) || maxLength < 1) yield `max_length must be an integer of at least 1`;
  if (direction === 'out' && rule.required === true) yield 'a rule that only maps out cannot be required';
  if (direction === 'out' && rule.baggage === true) yield 'a rule that only maps out cannot be baggage';
  if (direction !== 'in' && identity !== undefined) yield 'a rule about the identity only maps in';
  if (rule.baggage === true && isSecretRule(rule)) yield 'a secret cannot be baggage';
  if (metadata.endsWith('-bin') && rule.transforms !== undefined) yield 'a binary value cannot be transformed';
  try {
    compileTransforms(rule.transforms ?? []);
  } catch (error) {
    yield `a transform cannot be compiled: ${(error as Error).message}`;
  }
}

/** Tells whether the values of a rule must not stand in logs. */
export function isSecretRule({ http, metadata, secret }: HeaderRule): boolean {
  return secret ?? /authorization|cookie|token|secret|password|api-?key/i.test(`${http} ${metadata}`);
}
