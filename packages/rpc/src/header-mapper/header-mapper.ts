import type { Interceptor } from '@connectrpc/connect';
import {
  type Counter,
  type Logger,
  type Meter,
  PlatformError,
  silentLogger,
  silentMeter,
  uuidv7,
} from '@mainstay/kernel';
import { rpcReasons } from '../errors.ts';
import { checkHeaderRules, isSecretRule } from './check-rules.ts';
import type { CompiledRule, HeaderRequest, HeaderStats } from './compiled-rule.ts';
import type { HeaderRule } from './header-rule.ts';
import { clientHeaderInterceptor, serverHeaderInterceptor } from './interceptors.ts';
import { createMapping, type MappedHeaders, type MappingSettings } from './mapping.ts';
import { compileTransforms } from './transforms.ts';

/** How {@link createHeaderMapper} is set up. */
export interface HeaderMapperOptions {
  readonly rules: readonly HeaderRule[];
  /** Paths, with everything below them, whose requests are not mapped and need no header, for example `/health`. */
  readonly skipPaths?: readonly string[];
  /** Whether a mapped header replaces one that the answer has already, default true. */
  readonly overwriteExisting?: boolean;
  /** Writes a debug line for each mapped request and answer, secrets masked; default false. */
  readonly debug?: boolean;
  readonly logger?: Logger;
  readonly meter?: Meter;
}

/** Maps HTTP headers to gRPC metadata and back by rules, the same for every service. */
export interface HeaderMapper {
  /** Begins with the headers of a request; refuses nothing yet. */
  begin(request: HeaderRequest): MappedHeaders;
  /** For servers: the same for calls that come as gRPC, from outside or from another service. */
  readonly serverInterceptor: Interceptor;
  /** For clients: lets the ids of the call being served go along with the calls it makes. */
  readonly clientInterceptor: Interceptor;
  /** HTTP headers that rules may set on an answer, in lower case, each once. */
  readonly answerHeaders: readonly string[];
  stats(): HeaderStats;
}

/** Longest value of a rule that says nothing else. */
const usualMaxLength = 1_024;

/**
 * Makes a mapper; all rules are checked and compiled here.
 *
 * A value that is too long, does not match or is no printable ASCII is refused, never passed on changed. Two rules for one
 * metadata key (or one header of the answer) may stand together; the later one that has a value wins.
 *
 * @throws {@link PlatformError} `invalid_argument` / `HEADER_RULES_INVALID` with every problem of every rule.
 * @example
 * const mapper = createHeaderMapper({
 *   rules: [
 *     incoming('Authorization', 'auth-token', { transforms: ['trim', { removePrefix: 'Bearer ' }] }),
 *     bidirectional('X-Request-ID', 'request-id', { default: { generate: 'uuid' }, baggage: true }),
 *   ],
 * });
 */
export function createHeaderMapper(options: HeaderMapperOptions): HeaderMapper {
  const {
    skipPaths = [],
    overwriteExisting = true,
    debug = false,
    logger = silentLogger,
    meter = silentMeter,
  } = options;
  checkHeaderRules(options.rules);
  for (const path of skipPaths) {
    if (!path.startsWith('/')) {
      throw new PlatformError(
        rpcReasons.HEADER_RULES_INVALID,
        `the path ${JSON.stringify(path)} to skip must begin with /`,
      );
    }
  }
  const rules = options.rules.map(compile);
  const counter = (kind: keyof HeaderStats, description: string): Counter =>
    meter.counter({ name: `mainstay.headers.${kind}`, description, unit: '{header}' });
  const counters = {
    incoming: counter('incoming', 'Header values mapped to metadata'),
    outgoing: counter('outgoing', 'Metadata values mapped to headers of answers'),
    failed: counter('failed', 'Values refused, and demanded headers that were missing'),
  };
  const counts = { incoming: 0, outgoing: 0, failed: 0 };
  const isSkipped = (path: string): boolean => skipPaths.some((skip) => path === skip || path.startsWith(below(skip)));
  const settings = {
    ...arrange(rules),
    overwriteExisting,
    count(kind: keyof HeaderStats) {
      counts[kind]++;
      counters[kind].add(1);
    },
    log: debug
      ? (message: string, fields: Readonly<Record<string, string>>) => logger.debug(message, fields)
      : undefined,
  };
  const nothing = { ...settings, ...arrange([]) };
  const begin = (request: HeaderRequest): MappedHeaders =>
    createMapping(isSkipped(request.path) ? nothing : settings, request);
  return {
    begin,
    serverInterceptor: (next) => serverHeaderInterceptor(begin, next),
    clientInterceptor: clientHeaderInterceptor,
    answerHeaders: [...new Set(settings.outgoing.map(({ http }) => http))],
    stats: () => ({ ...counts }),
  };
}

/** Sorts rules by what they are for, once for all requests. */
function arrange(rules: readonly CompiledRule[]): Pick<MappingSettings, 'rules' | 'outgoing' | 'carried' | 'keys'> {
  const incoming = rules.filter(({ direction }) => direction !== 'out');
  return {
    rules,
    outgoing: rules.filter(({ direction }) => direction !== 'in'),
    carried: rules.filter(({ baggage }) => baggage === true),
    keys: [...new Set(incoming.map(({ metadata }) => metadata))],
  };
}

function below(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

function compile(rule: HeaderRule): CompiledRule {
  const { default: fallback } = rule;
  return {
    ...rule,
    http: rule.http.toLowerCase(),
    isSecret: isSecretRule(rule),
    longest: rule.maxLength ?? usualMaxLength,
    transform: compileTransforms(rule.transforms ?? []),
    makeDefault: typeof fallback === 'object' ? uuidv7 : () => fallback,
  };
}
