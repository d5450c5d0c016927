import type { Interceptor, Transport } from '@connectrpc/connect';
import { type Balancer, type CallOutcome, discoveryReasons, type Endpoint } from '@mainstay/discovery';
import { type Clock, type Code, type Logger, type Meter, PlatformError, systemClock } from '@mainstay/kernel';
import { chooseEngine, type EngineName } from '../engine/choose-engine.ts';
import { rpcReasons } from '../errors.ts';
import type { IdentitySigner } from '../identity/identity.ts';
import type { CallTarget } from './call-target.ts';
import { createConnectionPool } from './connection-pool.ts';
import { createTransportCore, limitAttempts } from './transport-core.ts';

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
  /** What carries the calls, default `MAINSTAY_RPC_ENGINE`, else `node`. */
  readonly engine?: EngineName;
  /** Source of randomness in [0, 1), default `Math.random`. */
  readonly random?: () => number;
}

/** How {@link createRpcTransport} is set up. */
export interface RpcTransportOptions extends SocketTransportOptions {
  /** Name of the called service, for messages and logs. */
  readonly service: string;
  /** Endpoints to use now; asked before every try, so it must be cheap. */
  readonly resolve: () => readonly Endpoint[];
  readonly balancer: Balancer;
  /** Told of endpoints that could not be reached, broke a connection or are going away. */
  readonly onFailure?: (endpoint: Endpoint, failure: PlatformError) => void;
}

/** A Connect transport that holds connections. */
export interface RpcTransport extends Transport, AsyncDisposable {}

/** Default of `maxMessageBytes`, as gRPC implementations have it. */
export const defaultMaxMessageBytes: number = 4 * 1024 * 1024;

/**
 * Makes a transport that balances every call over the endpoints of a service.
 *
 * A connection per endpoint is opened at its first call, kept, and closed when the endpoint is no longer offered. Each
 * try of a call goes to an endpoint that the call has not tried, as long as there is one.
 *
 * @example
 * const transport = createRpcTransport({
 *   service: 'orders', resolve: () => resolver.resolve('orders'), balancer: createBalancer('round_robin'),
 *   onFailure: ({ id }) => resolver.reportFailure('orders', id), identity, logger, meter,
 * });
 * const orders = createClient(OrdersService, transport);
 */
export function createRpcTransport(options: RpcTransportOptions): RpcTransport {
  const settings = {
    maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
    connectTimeoutMs: options.connectTimeoutMs ?? 2_000,
    logger: options.logger,
    meter: options.meter,
    clock: options.clock ?? systemClock,
  };
  const pool = createConnectionPool(chooseEngine(options.engine).client, settings);
  let offered: readonly Endpoint[] = [];

  const target: CallTarget = {
    service: options.service,
    choose(tried) {
      const endpoints = options.resolve();
      if (endpoints !== offered) {
        offered = endpoints;
        pool.retain(new Set(endpoints.map(({ address }) => address)));
      }
      const fresh = tried.size === 0 ? endpoints : endpoints.filter(({ id }) => !tried.has(id));
      const endpoint = options.balancer.pick(fresh.length > 0 ? fresh : endpoints);
      if (endpoint === undefined) {
        throw new PlatformError(discoveryReasons.NO_INSTANCE, `no instance of ${options.service} is known`);
      }
      return {
        id: endpoint.id,
        connection: pool.get(endpoint.address),
        begin() {
          const ended = options.balancer.begin(endpoint);
          return (failure) => {
            ended(outcomeOf(failure));
            if (failure !== undefined && isEndpointFailure(failure)) options.onFailure?.(endpoint, failure);
          };
        },
      };
    },
  };

  const transport = createTransportCore({
    target,
    identity: options.identity,
    clock: options.clock ?? systemClock,
    logger: options.logger,
    meter: options.meter,
    maxAttempts: limitAttempts(options.maxAttempts),
    interceptors: options.interceptors ?? [],
    random: options.random ?? Math.random,
  });
  return {
    ...transport,
    async [Symbol.asyncDispose]() {
      pool.close();
    },
  };
}

const endpointFailures: ReadonlySet<string> = new Set([
  rpcReasons.PEER_UNREACHABLE.name,
  rpcReasons.CONNECTION_LOST.name,
  rpcReasons.STREAM_REFUSED.name,
  rpcReasons.SERVER_DRAINING.name,
]);

function isEndpointFailure(failure: PlatformError): boolean {
  return endpointFailures.has(failure.reason);
}

const blamed: ReadonlySet<Code> = new Set(['unavailable', 'internal', 'unknown', 'deadline_exceeded', 'data_loss']);

function outcomeOf(failure: PlatformError | undefined): CallOutcome {
  if (failure === undefined) return 'success';
  if (failure.code === 'canceled') return 'canceled';
  return blamed.has(failure.code) ? 'failure' : 'success';
}
