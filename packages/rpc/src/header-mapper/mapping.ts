import { type FieldViolation, PlatformError, type Reason } from '@mainstay/kernel';
import type { Identity } from '@mainstay/kernel/context';
import { rpcReasons } from '../errors.ts';
import type { CompiledRule, HeaderRequest, HeaderStats } from './compiled-rule.ts';
import { identityValue } from './identity-value.ts';
import { maskValue } from './transforms.ts';

/** One header to set on an answer. */
export interface AnswerHeader {
  readonly name: string;
  readonly value: string;
  /** False leaves a header that is there. */
  readonly overwrite: boolean;
}

/** The headers of one request on their way in and of its answer on their way out. */
export interface MappedHeaders {
  /**
   * Metadata of the call.
   *
   * Shape: one entry for each key that has a value; no key of a rule that has none.
   *
   * @throws {@link PlatformError} `HEADER_REQUIRED`, `HEADER_INVALID`, `HEADER_TOO_LONG`, or for a missing `Authorization`
   * `IDENTITY_REQUIRED`, with all headers that are wrong; executed: no.
   */
  metadata(identity: Identity): Readonly<Record<string, string>>;
  /** Every key that metadata could have; what a caller sends under one of them by itself is not to be believed. */
  readonly keys: readonly string[];
  /** Ids that go along with further calls and into log lines. */
  readonly baggage: Readonly<Record<string, string>>;
  /** HTTP headers of the answer, by what the service said under a metadata key. */
  answer(read: (key: string) => string | undefined): AnswerHeader[];
  /** Metadata of the answer that the service did not set itself: ids that came in, and defaults. */
  answerMetadata(read: (key: string) => string | undefined): Readonly<Record<string, string>>;
}

/** What all requests have in common. */
export interface MappingSettings {
  readonly rules: readonly CompiledRule[];
  /** Those of the rules that say something about answers. */
  readonly outgoing: readonly CompiledRule[];
  /** Those of the rules whose values go along with further calls. */
  readonly carried: readonly CompiledRule[];
  /** Every metadata key that the rules could fill. */
  readonly keys: readonly string[];
  readonly overwriteExisting: boolean;
  readonly count: (kind: keyof HeaderStats) => void;
  /** Undefined writes nothing. */
  readonly log: ((message: string, fields: Readonly<Record<string, string>>) => void) | undefined;
}

interface Refusal {
  readonly reason: Reason;
  readonly violation: FieldViolation;
}

const printable = /^[\x20-\x7e]+$/;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

const noFields: Readonly<Record<string, string>> = Object.freeze({});

/** What there is to map without rules; the same for all requests. */
const nothingMapped: MappedHeaders = Object.freeze({
  keys: [],
  baggage: noFields,
  metadata: () => noFields,
  answer: () => [],
  answerMetadata: () => noFields,
});

/** Maps the headers of a request at once, and those of its answer when it is there. */
export function createMapping(settings: MappingSettings, request: HeaderRequest): MappedHeaders {
  const { rules, outgoing, carried, keys, count, log } = settings;
  if (rules.length === 0 && log === undefined) return nothingMapped;
  const values = new Map<string, string>();
  const refusals: Refusal[] = [];
  for (const rule of rules) {
    if (rule.direction === 'out' || rule.identity !== undefined) continue;
    const read = readValue(rule, request);
    if (typeof read === 'object') {
      count('failed');
      refusals.push(read);
      continue;
    }
    if (read === undefined) continue;
    count('incoming');
    values.set(rule.metadata, read);
  }
  const baggage: Record<string, string> = {};
  for (const { metadata } of carried) {
    const value = values.get(metadata);
    if (value !== undefined) baggage[metadata] = value;
  }

  return {
    keys,
    baggage,
    metadata(identity) {
      if (refusals.length > 0) throw refuse(refusals);
      for (const rule of rules) {
        const value = identityValue(rule, identity);
        if (value === undefined) continue;
        count('incoming');
        values.set(rule.metadata, value);
      }
      log?.('headers mapped in', shown(rules, values));
      return Object.fromEntries(values);
    },
    answer(read) {
      const set = new Map<string, string>();
      for (const rule of outgoing) {
        const value = outgoingValue(rule, { read, values, count });
        if (value === undefined) continue;
        count('outgoing');
        set.set(rule.http, value);
      }
      log?.('headers mapped out', shown(outgoing, set, 'http'));
      return [...set].map(([name, value]) => ({ name, value, overwrite: settings.overwriteExisting }));
    },
    answerMetadata(read) {
      const own = outgoing.flatMap((rule) => {
        if (read(rule.metadata) !== undefined) return [];
        const value = (rule.direction === 'both' ? values.get(rule.metadata) : undefined) ?? rule.makeDefault();
        return value === undefined ? [] : [[rule.metadata, value] as const];
      });
      return Object.fromEntries(own);
    },
  };
}

function readValue(rule: CompiledRule, { read, isMapped = false }: HeaderRequest): string | undefined | Refusal {
  const raw = isMapped ? read(rule.metadata) : (read(rule.http) ?? read(rule.metadata));
  const name = rule.http;
  if (raw === undefined || raw === '') {
    const fallback = rule.makeDefault();
    if (fallback !== undefined || rule.required !== true) return fallback;
    const reason = name === 'authorization' ? rpcReasons.IDENTITY_REQUIRED : rpcReasons.HEADER_REQUIRED;
    return { reason, violation: { field: name, rule: 'header.required', message: 'is missing' } };
  }
  if (raw.length > rule.longest) {
    const message = `is longer than ${rule.longest} characters`;
    return { reason: rpcReasons.HEADER_TOO_LONG, violation: { field: name, rule: 'header.max_length', message } };
  }
  const value = isMapped ? raw : transformed(rule, raw);
  if (value === '') return undefined;
  if (value !== undefined && (rule.metadata.endsWith('-bin') ? base64 : printable).test(value)) return value;
  const message = 'does not have the shape that is asked for';
  return { reason: rpcReasons.HEADER_INVALID, violation: { field: name, rule: 'header.shape', message } };
}

/** A function of the caller's own that throws refuses the value, as one that does not match. */
function transformed(rule: CompiledRule, value: string): string | undefined {
  try {
    return rule.transform(value);
  } catch {
    // What it threw may hold the value, so it is not shown; the refusal is counted and names the header.
    return undefined;
  }
}

function outgoingValue(
  rule: CompiledRule,
  {
    read,
    values,
    count,
  }: {
    readonly read: (key: string) => string | undefined;
    readonly values: ReadonlyMap<string, string>;
    readonly count: MappingSettings['count'];
  },
): string | undefined {
  const said = read(rule.metadata);
  const raw = said === undefined || said === '' ? undefined : said;
  // What came in was transformed then.
  if (raw === undefined)
    return (rule.direction === 'both' ? values.get(rule.metadata) : undefined) ?? rule.makeDefault();
  const value = transformed(rule, raw);
  if (value !== undefined && value.length <= rule.longest && printable.test(value)) return value;
  count('failed');
  return undefined;
}

function refuse(refusals: readonly Refusal[]): PlatformError {
  const [first] = refusals as [Refusal];
  const names = refusals.map(({ violation }) => `${violation.field} ${violation.message}`).join(', ');
  return new PlatformError(first.reason, names, { violations: refusals.map(({ violation }) => violation) });
}

function shown(
  rules: readonly CompiledRule[],
  values: ReadonlyMap<string, string>,
  by: 'http' | 'metadata' = 'metadata',
): Record<string, string> {
  const secret = new Set(rules.filter(({ isSecret }) => isSecret).map((rule) => rule[by]));
  return Object.fromEntries([...values].map(([name, value]) => [name, secret.has(name) ? maskValue(value) : value]));
}
