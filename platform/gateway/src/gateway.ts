import type { DescService } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import { UsersService } from '@mainstay/contracts/users/v1/users';
import type { Clock, Logger, Meter } from '@mainstay/kernel';
import type { RateLimiter } from '@mainstay/rate-limit';
import type { CircuitBreaker, CircuitBreakers, Priority } from '@mainstay/resilience';
import { createHeaderMapper, englishMessages, type HeaderMapperOptions, type MessageCatalogue } from '@mainstay/rpc';
import type { VersionedClient } from '@mainstay/service';
import { createKeptAnswers } from './cache/kept-answers.ts';
import { type ContractLearner, type LearningSource, startLearning } from './contracts/learn-contracts.ts';
import { createDependencies, type DependencySettings } from './degradation/dependencies.ts';
import type { ReasonEntry } from './docs/errors-page.ts';
import type { CompressionSettings } from './http/compress.ts';
import { createGatewayMetrics, type GatewayMetrics } from './http/gateway-metrics.ts';
import { close, createHttpServer, type HttpLimits, listen, quiet } from './http/http-server.ts';
import { createPages, type Page } from './http/pages.ts';
import { RequestHandler } from './http/request-handler.ts';
import { type ApiKeyEntry, createApiKeys, type FindApiKey } from './identity/api-keys.ts';
import { CallerBook } from './identity/caller-book.ts';
import type { IssuerSettings } from './identity/issuers/issuer-config.ts';
import { createTokenIssuers } from './identity/issuers/token-issuers.ts';
import { createKeySetCache } from './identity/key-set.ts';
import { createRequestLimits, type LimitSettings, type RequestLimits } from './limits/request-limits.ts';
import { type ClearanceTable, createClearances, defaultClearances } from './masking/clearance.ts';
import type { CommentTable } from './openapi/comments.ts';
import { createOpenApiDocument } from './openapi/document.ts';
import { createProtection, type ProtectionSettings } from './protection/protection.ts';
import type { Quotas } from './quotas/quotas.ts';
import type { Route } from './routes/compile-routes.ts';
import { createRouteTable } from './routes/route-table.ts';
import { createMirror, type Mirror } from './splits/mirror/mirror.ts';
import type { SplitBook } from './splits/split-book.ts';
import { createVersionRouting } from './splits/version-routing.ts';
import { createOpenStreams, type StreamSettings } from './streams/open-streams.ts';

/** What may be changed while requests run. */
export interface ReloadableOptions {
  /** Keys from the configuration. */
  readonly apiKeys: readonly ApiKeyEntry[];
  readonly usage: LimitSettings;
  /** What answers that are given again may take in memory, in bytes; default 0: none is. */
  readonly keptAnswersBytes?: number;
  /** What happens to calls whose neighbours are away; default they are refused. */
  readonly dependencies?: DependencySettings;
  /** Tells whether no instance of a service is known; default none ever is away. */
  readonly isAbsent?: (service: string) => boolean;
  /** OpenID Connect issuers whose tokens are taken beside those of the users service; default none. */
  readonly issuers?: readonly IssuerSettings[];
  readonly protection: ProtectionSettings;
}

/** Everything a gateway is made of; nothing is read from anywhere else. */
export interface GatewayOptions extends ReloadableOptions {
  /** Name and version that `/` and the documentation show. */
  readonly title: string;
  readonly version: string;
  /** Contracts whose routes are served. */
  readonly services: readonly DescService[];
  /** Their comments, for the documentation; undefined switches `/docs` and `/openapi.json` off. */
  readonly comments: CommentTable | undefined;
  /** Reasons of errors that have a page each; default none, and none without `comments`. */
  readonly reasons?: readonly ReasonEntry[];
  /** What errors say to people, default English. */
  readonly messages?: MessageCatalogue;
  /** How HTTP headers become metadata and back; default no rules. */
  readonly headers?: Omit<HeaderMapperOptions, 'logger' | 'meter'>;
  /** Where contracts of services come from that `services` does not have; default nowhere. */
  readonly learning?: LearningSource;
  /** Gives the client of a service; asked at each call, so it should give the same one. */
  readonly client: <S extends DescService>(service: S) => Client<S>;
  /** Gives the client of a contract that many services answer, at the one that a request names. */
  readonly clientOf: <S extends DescService>(service: S, name: string) => Promise<Client<S>>;
  /** Gives the client of one version of a service, for services whose traffic is split; default no version has an instance. */
  readonly clientAt?: <S extends DescService>(service: S, version: string) => VersionedClient<S>;
  /** How traffic is split over versions; default not at all. */
  readonly splits?: Pick<SplitBook, 'isEmpty' | 'assign'>;
  /** Looks for keys that are in no configuration; default there are none. */
  readonly findKey?: FindApiKey;
  readonly limiter: RateLimiter;
  /** Counts calls of a month; absent: quotas are not enforced. */
  readonly quotas?: Quotas;
  /** Throws to refuse a request of this priority because the process is too busy; default none is refused. */
  readonly admit?: (priority: Priority) => void;
  readonly streams: StreamSettings;
  readonly answers: CompressionSettings;
  /** How sensitive fields may be that callers are shown, by role; default {@link defaultClearances}. */
  readonly clearances?: ClearanceTable;
  /** Origins of pages that may read answers and open WebSockets, `*` for all; empty for none but our own. */
  readonly origins: readonly string[];
  readonly keySet: KeySetTimes;
  readonly limits: HttpLimits & { readonly maxUrlLength: number };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** How keys that tokens are checked by are kept; times in milliseconds. */
export interface KeySetTimes {
  /** Least pause between two requests for keys. */
  readonly minPauseMs: number;
  readonly maxAgeMs: number;
  /** How long keys of an OpenID Connect issuer that does not answer are taken. */
  readonly keepMs: number;
  /** Longest wait for such an issuer. */
  readonly timeoutMs: number;
}

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
  const server = createHttpServer(options.limits, logger);
  const handler = new RequestHandler(server, {
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
      clearanceOf: createClearances(options.clearances ?? defaultClearances),
      admitPriority: options.admit ?? (() => undefined),
    },
    caller: { client, clientOf, clientAt, versions, answers, protection, clock },
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
      handler.drain();
      await quiet(server, clock, options.limits.drainIdleMs);
      await close(server);
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
      handler.drain();
      server.closeAllConnections();
      await close(server);
    },
  };
}

const noSplits: Pick<SplitBook, 'isEmpty' | 'assign'> = { isEmpty: true, assign: () => undefined };

/** An open circuit refuses until its next probe; one that nobody asks stays open, so its time counts. */
function isRefusing(circuit: CircuitBreaker): boolean {
  if (circuit.state !== 'open') return false;
  const { forced, opensForMs } = circuit.snapshot();
  return forced === 'open' || opensForMs > 0;
}

/** Tells the metrics whenever the number of remembered clients has changed. */
function countBuckets(limiter: RateLimiter, metrics: GatewayMetrics): RateLimiter {
  let told = -1;
  return {
    take(claims) {
      const decision = limiter.take(claims);
      const { keys } = limiter.stats();
      if (keys !== told) metrics.buckets(keys);
      told = keys;
      return decision;
    },
    giveBack: (claims) => limiter.giveBack(claims),
    stats: () => limiter.stats(),
  };
}
