import type { Clock, Logger } from '@mainstay/kernel';
import type { Endpoint } from '../endpoint.ts';
import type { RegistryApi } from '../registry-api.ts';
import type { EndpointFilter } from './choose-endpoints.ts';

/** How a resolver is set up. */
export interface ResolverOptions {
  readonly api: RegistryApi;
  /** Default the machine's clock. */
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Services to watch, default all. Others are looked up when asked for. */
  readonly services?: readonly string[];
  /** Addresses per service for when the registry has never answered, or is away and knew none. */
  readonly staticEndpoints?: Readonly<Record<string, readonly string[]>>;
  /** Silence after which a watch stream counts as dead, in milliseconds, default 75,000 (the registry speaks every 30 s). */
  readonly watchSilenceMs?: number;
  /** Source of randomness in [0, 1), default `Math.random`. */
  readonly random?: () => number;
}

/** What a resolver knows, for the health page. */
export interface ResolverStatus {
  /** A watch stream is open and its first picture was complete. */
  readonly connected: boolean;
  /** Age of the picture since the stream was lost, in milliseconds; 0 while connected, undefined without any picture. */
  readonly staleForMs: number | undefined;
  /** Message of the failure that ended the last stream; undefined while connected. */
  readonly lastError: string | undefined;
  /** Per service: endpoints known, and how many of them are put aside. */
  readonly services: Readonly<Record<string, { readonly endpoints: number; readonly aside: number }>>;
  /** Since the start: answers given, empty answers among them, single look-ups, lost streams. */
  readonly counts: {
    readonly resolves: number;
    readonly misses: number;
    readonly lookups: number;
    readonly lost: number;
  };
}

/** Answers from memory who serves what. */
export interface Resolver extends AsyncDisposable {
  /** Opens the watch; also happens at the first use. Calling it again does nothing. */
  start(): void;
  /**
   * Endpoints to use now, best state only, without those put aside. Never waits, never throws.
   *
   * Shape: empty for an unknown service. Without a filter, or with the same filter object, it is the same array until something changes.
   */
  resolve(service: string, filter?: EndpointFilter): readonly Endpoint[];
  /** Calls back after each change of a service's endpoints; the returned function ends it. */
  onChange(service: string, callback: (endpoints: readonly Endpoint[]) => void): () => void;
  /** Says that a connection to an endpoint failed: it is put aside for a while and its service is looked up again. */
  reportFailure(service: string, endpointId: string): void;
  status(): ResolverStatus;
  /**
   * Waits until a service has an endpoint.
   *
   * @throws {@link PlatformError} `unavailable` / `NO_INSTANCE` when there is none after `timeoutMs`.
   */
  ready(service: string, timeoutMs: number): Promise<readonly Endpoint[]>;
  /** Waits for the first picture, until the registry is found to be away, or for so long at most; never rejects. */
  settled(timeoutMs: number): Promise<void>;
}
