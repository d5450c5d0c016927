import type { Interceptor, Transport } from '@connectrpc/connect';
import {
  type Balancer,
  type BalancingPolicyInput,
  createBalancer,
  discoveryReasons,
  type Endpoint,
  type PoolPolicy,
  type Upstream,
} from '@mainstay/discovery';
import { type Clock, isPlatformError, type Logger, type Meter, PlatformError, systemClock } from '@mainstay/kernel';
import { chooseEngine, type EngineName } from '../engine/choose-engine.ts';
import type { ClientTls, CredentialSource } from '../engine/tls.ts';
import type { IdentitySigner } from '../identity/identity.ts';
import { affinityKeyOf } from './affinity-key.ts';
import type { CallTarget } from './call-target.ts';
import { createConnectionPool, type PooledConnection } from './connection-pool.ts';
import { SocketPlace } from './socket-place.ts';
import { createTransportCore, limitAttempts } from './transport-core.ts';
import { waitForEndpoint } from './wait-for-endpoint.ts';

/** What all transports over sockets are told. */
export interface SocketTransportOptions {
  /** Proves who calls. */
  readonly identity: IdentitySigner;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Default the machine's clock. */
  readonly clock?: Clock;
  /** Tries of one call, the first included, 1 to 3, default 3. */
  readonly maxAttempts?: number;
  /** Largest message in either direction, default 4 MiB. */
  readonly maxMessageBytes?: number;
  /** How long opening a connection may take, in milliseconds, default 2,000. */
  readonly connectTimeoutMs?: number;
  /** Connect interceptors around every call, outside of deadline and retries; the first is the outermost. */
  readonly interceptors?: readonly Interceptor[];
  /** What carries the calls, default `MAINSTAY_RPC_ENGINE`, else `wire`. */
  readonly engine?: EngineName;
  /** Own certificate and key, and trusted authorities, for TLS; they may change while calls run. Default none: clear text. */
  readonly credentials?: CredentialSource;
  /**
   * With `credentials`: DNS name, IP address or URI that servers' certificates must bear among their subject
   * alternative names; default the host of the address.
   */
  readonly serverName?: string;
  /** Compresses requests of 1 KiB and more, and asks for compressed answers; default neither. */
  readonly compression?: 'gzip';
  /** Source of randomness in [0, 1), default `Math.random`. */
  readonly random?: () => number;
}

/** How {@link createRpcTransport} is set up. */
export interface RpcTransportOptions extends SocketTransportOptions {
  /** Name of the called service, for messages and logs. */
  readonly service: string;
  /** Endpoints to use now; asked before every try, so it must be cheap. */
  readonly resolve: () => readonly Endpoint[];
  /** How calls are spread; one made by `createBalancer` brings limits and statistics with it. */
  readonly balancer?: Balancer;
  /** Instead of `balancer`: its description, default `{ policy: 'round_robin' }`. */
  readonly policy?: BalancingPolicyInput;
  /** With `policy`: zone of this client, compared with the endpoints' metadata `zone`. */
  readonly zone?: string | undefined;
  /** With `policy`: tells clients apart for subsetting, default a random id. */
  readonly clientId?: string | undefined;
  /** Calls back when the endpoints changed, for calls that wait for one; without it they look every 50 ms. */
  readonly onChange?: (callback: () => void) => () => void;
  /** Told of endpoints that could not be reached, broke a connection or are going away. */
  readonly onFailure?: (endpoint: Endpoint, failure: PlatformError) => void;
}

/** A Connect transport that holds connections. */
export interface RpcTransport extends Transport, AsyncDisposable {
  /** Statistics and the policy in force; undefined with a balancer of one's own. */
  readonly upstream: Upstream | undefined;
}

/** Default of `maxMessageBytes`, as gRPC implementations have it. */
export const defaultMaxMessageBytes: number = 4 * 1024 * 1024;

/**
 * Makes a transport that balances every call over the endpoints of a service.
 *
 * A connection per endpoint is opened at its first call, kept, and closed when the endpoint is no longer offered and its
 * calls are done. `upstream.configure` puts another policy in force between two calls. Each
 * try of a call goes to an endpoint that the call has not tried, as long as there is one.
 *
 * @example
 * const transport = createRpcTransport({
 *   service: 'orders', resolve: () => resolver.resolve('orders'), policy: { policy: 'least_request' },
 *   onFailure: ({ id }) => resolver.reportFailure('orders', id), identity, logger, meter,
 * });
 * const orders = createClient(OrdersService, transport);
 */
export function createRpcTransport(options: RpcTransportOptions): RpcTransport {
  const { service, onFailure } = options;
  const clock = options.clock ?? systemClock;
  const balancer = options.balancer ?? createUpstreamOf(options, clock);
  const upstream = isUpstream(balancer) ? balancer : undefined;
  const limits = (): PoolPolicy => {
    const policy = upstream?.policy.pool ?? unlimited;
    const { connectTimeoutMs = policy.connectTimeoutMs } = options;
    return connectTimeoutMs === policy.connectTimeoutMs ? policy : { ...policy, connectTimeoutMs };
  };
  const pool = createConnectionPool(chooseEngine(options.engine).client, {
    maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
    logger: options.logger,
    meter: options.meter,
    clock,
    limits,
    ...(options.compression !== undefined && { compression: options.compression }),
    ...(options.credentials !== undefined && { tls: tlsOf(options.credentials, options.serverName) }),
  });
  let offered: readonly Endpoint[] = [];

  const target: CallTarget = {
    service,
    choose(tried, key) {
      const endpoints = options.resolve();
      if (endpoints !== offered) {
        offered = endpoints;
        pool.retain(new Set(endpoints.map(({ address }) => address)));
      }
      const request = tried === undefined && key === undefined ? undefined : { tried, key };
      const endpoint = balancer.pick(endpoints, request);
      if (endpoint === undefined) {
        throw new PlatformError(discoveryReasons.NO_INSTANCE, `no instance of ${service} is known`);
      }
      const pooled = pooledOrCounted(() => pool.get(endpoint.address), upstream);
      return new SocketPlace(endpoint, pooled, { balancer, onFailure });
    },
    hasOthers: () => offered.length > 1,
    keyOf(header) {
      const key = upstream?.policy.ringHash.key;
      return key === undefined ? undefined : affinityKeyOf(key, header);
    },
    refusesHopeless: () => upstream?.policy.refuseHopeless ?? true,
    waitForPlace: (cancellation) =>
      upstream?.policy.waitForReady === true
        ? waitForEndpoint(cancellation.signal, { clock, onChange: options.onChange })
        : undefined,
  };

  const transport = createTransportCore({
    target,
    identity: options.identity,
    clock,
    logger: options.logger,
    meter: options.meter,
    maxAttempts: limitAttempts(options.maxAttempts),
    interceptors: options.interceptors ?? [],
    random: options.random ?? Math.random,
  });
  return {
    ...transport,
    upstream,
    async [Symbol.asyncDispose]() {
      pool.close();
    },
  };
}

function tlsOf(credentials: CredentialSource, serverName: string | undefined): ClientTls {
  return serverName === undefined ? { credentials } : { credentials, serverName };
}

const unlimited: PoolPolicy = {
  maxConnections: 0,
  maxConnectionsPerEndpoint: 1,
  maxRequests: 0,
  maxRequestsPerConnection: 0,
  connectTimeoutMs: 2_000,
};

function createUpstreamOf(options: RpcTransportOptions, clock: Clock): Upstream {
  const { service, policy = { policy: 'round_robin' }, zone, clientId, logger, meter } = options;
  return createBalancer(policy, {
    name: service,
    clock,
    logger,
    meter,
    zone,
    clientId,
    ...(options.random !== undefined && { random: options.random }),
  });
}

function isUpstream(balancer: Balancer): balancer is Upstream {
  return 'configure' in balancer && 'policy' in balancer;
}

function pooledOrCounted(get: () => PooledConnection, upstream: Upstream | undefined): PooledConnection {
  try {
    return get();
  } catch (error) {
    if (isPlatformError(error, discoveryReasons.UPSTREAM_OVERFLOW)) upstream?.noteOverflow();
    throw error;
  }
}
