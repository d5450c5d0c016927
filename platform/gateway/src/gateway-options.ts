import type { DescService } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import type { HttpEngineName } from '@mainstay/http1';
import type { Clock, Logger, Meter } from '@mainstay/kernel';
import type { RateLimiter } from '@mainstay/rate-limit';
import type { Priority } from '@mainstay/resilience';
import type { HeaderMapperOptions, MessageCatalogue } from '@mainstay/rpc';
import type { VersionedClient } from '@mainstay/service';
import type { ClearReadStore } from './clear-reads/clear-read-store.ts';
import type { LearningSource } from './contracts/learn-contracts.ts';
import type { DependencySettings } from './degradation/dependencies.ts';
import type { ReasonEntry } from './docs/errors-page.ts';
import type { CompressionSettings } from './exchange/compress.ts';
import type { HttpLimits } from './http/http-server.ts';
import type { ApiKeyEntry, FindApiKey } from './identity/api-keys.ts';
import type { ClearanceTable } from './identity/clearance.ts';
import type { IssuerSettings } from './identity/issuers/issuer-config.ts';
import type { LimitSettings } from './limits/request-limits.ts';
import type { CommentTable } from './openapi/comments.ts';
import type { ProtectionSettings } from './protection/protection.ts';
import type { Quotas } from './quotas/quotas.ts';
import type { SplitBook } from './splits/split-book.ts';
import type { StreamSettings } from './streams/open-streams.ts';

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
  /** How sensitive fields may be that callers are shown, by role; default those of `defaultClearances`. */
  readonly clearances?: ClearanceTable;
  /** Roles that are shown secrets with the scope for them; default those of `defaultHighRoles`. */
  readonly highRoles?: readonly string[];
  /** Where it is recorded who was shown personal data by a role; default in the log alone. */
  readonly clearReads?: ClearReadStore;
  /** Origins of pages that may read answers and open WebSockets, `*` for all; empty for none but our own. */
  readonly origins: readonly string[];
  readonly keySet: KeySetTimes;
  readonly limits: HttpLimits & { readonly maxUrlLength: number };
  /** What speaks HTTP to clients, default `MAINSTAY_HTTP_ENGINE`, else `wire`. */
  readonly httpEngine?: HttpEngineName;
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
