import { UsersService } from '@mainstay/contracts/users/v1/users';
import type { CircuitBreakers } from '@mainstay/resilience';
import { createHeaderMapper, englishMessages } from '@mainstay/rpc';
import { createKeptAnswers } from './cache/kept-answers.ts';
import { ClearReads } from './clear-reads/clear-reads.ts';
import { type ContractLearner, startLearning } from './contracts/learn-contracts.ts';
import { createDependencies } from './degradation/dependencies.ts';
import { createGatewayMetrics } from './gateway-metrics.ts';
import type { GatewayOptions, ReloadableOptions } from './gateway-options.ts';
import { createServer, listen } from './http/http-server.ts';
import { createPages, type Page } from './http/pages.ts';
import { RequestHandler } from './http/request-handler.ts';
import { createApiKeys } from './identity/api-keys.ts';
import { CallerBook } from './identity/caller-book.ts';
import { createClearances, defaultClearances } from './identity/clearance.ts';
import { createTokenIssuers } from './identity/issuers/token-issuers.ts';
import { createKeySetCache } from './identity/key-set.ts';
import { countBuckets } from './limits/count-buckets.ts';
import { createRequestLimits, type RequestLimits } from './limits/request-limits.ts';
import { createOpenApiDocument } from './openapi/document.ts';
import { isRefusing } from './protection/is-refusing.ts';
import { createProtection } from './protection/protection.ts';
import type { Route } from './routes/compile-routes.ts';
import { createRouteTable } from './routes/route-table.ts';
import { createMirror, type Mirror } from './splits/mirror/mirror.ts';
import type { SplitBook } from './splits/split-book.ts';
import { createVersionRouting } from './splits/version-routing.ts';
import { createOpenStreams } from './streams/open-streams.ts';

/** A gateway, not listening yet. */
export interface Gateway extends AsyncDisposable {
  /**
   * Begins to listen.
   *
   * @param port - 0 for a free one.
   * @returns the URL that clients use.
   * @throws {@link PlatformError} `failed_precondition` / `GATEWAY_PORT_UNAVAILABLE` when the port cannot be opened.
   */
  listen(host: string, port: number): Promise<string>;
  /** Takes no new connections and resolves when the running requests are answered. */
  drain(): Promise<void>;
  /** Takes over contracts of services that register; undefined without `learning`. */
  readonly learner: ContractLearner | undefined;
  /** For operators to see and force. */
  readonly circuits: CircuitBreakers;
  readonly routes: readonly Route[];
  readonly limits: RequestLimits;
  /** How copies of requests compared. */
  readonly mirror: Pick<Mirror, 'reports'>;
  /**
   * Puts other keys, limits and protection in force; they count from the next request.
   *
   * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID`; then nothing is changed.
   */
  configure(options: ReloadableOptions): void;
  /** Circuits, limits and keys, for the health page. */
  status(): Readonly<Record<string, unknown>>;
}

/**
 * Builds a gateway: HTTP and JSON in, gRPC out, by the contracts.
 *
 * Routes, access rules, codecs and pages are compiled here; a request finds everything ready.
 *
 * @throws {@link PlatformError} `invalid_argument` / `ROUTE_INVALID` for a contract that cannot be routed, or
 * `OPTION_INVALID` for a setting outside its range.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { clock, logger, meter, client, clientOf } = options;
  const { clientAt = (service) => ({ client: client(service), hasInstance: () => false }) } = options;
  const table = createRouteTable(options.services);
  const metrics = createGatewayMetrics(meter);
  const limiter = countBuckets(options.limiter, metrics);
  const limits = createRequestLimits(options.usage, table.routes());
  let findConfigured = createApiKeys(options.apiKeys);
  const { findKey = () => undefined } = options;
  const protection = createProtection(options.protection, { clock, logger, meter });
  const { keptAnswersBytes = 0, isAbsent = () => false } = options;
  const answers = keptAnswersBytes === 0 ? undefined : createKeptAnswers(keptAnswersBytes, { clock, meter });
  const dependencies = createDependencies(
    options.dependencies ?? { whenAway: 'refuse', retryAfterMs: 10_000 },
    (service) => isAbsent(service) || isRefusing(protection.circuits.get(service)),
  );
  const mirror = createMirror({ clock, logger, meter });
  const versions = createVersionRouting({ mirror, logger, meter });
  const clearances = options.clearances ?? defaultClearances;
  const clearReads = new ClearReads({ store: options.clearReads, everybody: clearances.anonymous, logger });
  const streams = createOpenStreams(options.streams, clock);
  const issuers = createTokenIssuers(options.issuers ?? [], { ...options.keySet, logger, clock });
  const keySets = createKeySetCache({
    minPauseMs: options.keySet.minPauseMs,
    maxAgeMs: options.keySet.maxAgeMs,
    fetch: () => client(UsersService).getKeySet({}),
    logger,
    clock,
  });
  const { title, version, comments, messages = englishMessages } = options;
  const reasons = comments === undefined ? [] : (options.reasons ?? []);
  const renderPages = (): ReadonlyMap<string, Page> => {
    const document =
      comments === undefined ? undefined : createOpenApiDocument(table.routes(), { title, version, comments });
    return createPages({ name: title, version, reasons }, document);
  };
  let pages = renderPages();
  const handler = new RequestHandler({
    limits: options.limits,
    admission: {
      apiKeys: (key) => findConfigured(key) ?? findKey(key),
      limits: {
        limiter,
        limits,
        quotas: options.quotas,
        onLimited: ({ tier }, by) => metrics.limited(tier, by),
      },
      matcher: table.matcher,
      keySets,
      callers: new CallerBook(),
      dependencies,
      splits: options.splits ?? noSplits,
      issuers,
      clock,
      maxUrlLength: options.limits.maxUrlLength,
      clearances: createClearances(clearances, options.highRoles),
      admitPriority: options.admit ?? (() => undefined),
    },
    caller: { client, clientOf, clientAt, versions, answers, clearReads, protection, clock },
    streams,
    answers: options.answers,
    origins: new Set(options.origins),
    pages: { get: (path) => pages.get(path) },
    problems: { messages, documented: new Set(reasons.map(({ reason }) => reason)) },
    mapper: createHeaderMapper({ rules: [], ...options.headers, logger, meter }),
    metrics,
    clock,
    logger,
  });
  const server = createServer(handler, { limits: options.limits, clock, logger, engine: options.httpEngine });

  const { learning } = options;
  const learner =
    learning === undefined
      ? undefined
      : startLearning(
          learning,
          {
            table,
            onLearned: () => {
              pages = renderPages();
            },
          },
          { clock, logger },
        );

  return {
    learner,
    listen: (host, port) => listen(server, host, port),
    async drain() {
      streams.drain();
      await server.quiet(options.limits.drainIdleMs);
      await server.close();
    },
    circuits: protection.circuits,
    get routes() {
      return table.routes();
    },
    limits,
    mirror,
    configure({ apiKeys, usage, protection: settings, issuers: others = [] }) {
      const find = createApiKeys(apiKeys);
      limits.configure(usage);
      findConfigured = find;
      protection.configure(settings);
      issuers.configure(others);
    },
    status: () => ({
      routes: table.routes().length,
      contracts: learner?.learned() ?? [],
      open_streams: streams.count(),
      kept_answers: answers?.stats() ?? null,
      circuits: protection.circuits.all().map((circuit) => circuit.snapshot()),
      protection: protection.snapshot(),
      rate_limit: limiter.stats(),
      token_keys_age_ms: keySets.ageMs() ?? null,
      issuers: issuers.status(),
    }),
    async [Symbol.asyncDispose]() {
      learner?.[Symbol.dispose]();
      streams.drain();
      await server.abort();
    },
  };
}

const noSplits: Pick<SplitBook, 'isEmpty' | 'assign'> = { isEmpty: true, assign: () => undefined };
