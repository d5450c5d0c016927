import type { Interceptor } from '@connectrpc/connect';
import { type Clock, type Logger, type Meter, systemClock } from '@mainstay/kernel';
import { defaultMaxMessageBytes } from '../client/rpc-transport.ts';
import type { ServiceBinding } from '../contract/binding.ts';
import { chooseEngine, type EngineName } from '../engine/choose-engine.ts';
import { bindHealth } from '../health/health-binding.ts';
import type { IdentityVerifier } from '../identity/identity.ts';
import { createServerCore } from './server-core.ts';

/** Time for the last answers to leave after their calls are done. */
const flushMs = 1_000;

/** How {@link startRpcServer} is set up. */
export interface RpcServerOptions {
  readonly bindings: readonly ServiceBinding[];
  /** Reads who calls. */
  readonly identity: IdentityVerifier;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Whether the process serves now, for gRPC's health service. */
  readonly serving: () => boolean;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0, a free one. */
  readonly port?: number;
  /** Default the machine's clock. */
  readonly clock?: Clock;
  /** Largest message in either direction, default 4 MiB. */
  readonly maxMessageBytes?: number;
  /** Connect interceptors around every handler, inside of all checks; the first is the outermost. */
  readonly interceptors?: readonly Interceptor[];
  /** What carries the calls, default `MAINSTAY_RPC_ENGINE`, else `node`. */
  readonly engine?: EngineName;
}

/** A listening gRPC server. */
export interface RpcServer extends AsyncDisposable {
  /** `host:port` as bound. */
  readonly address: string;
  /** Calls running now, open streams among them. */
  inFlight(): number;
  /**
   * Takes no new calls (GOAWAY), ends streams that have no deadline, lets the other calls finish, then closes.
   *
   * @param timeoutMs - after this, what still runs is cut off.
   */
  drain(timeoutMs: number): Promise<void>;
}

/**
 * Starts a gRPC server on HTTP/2 without TLS.
 *
 * @throws {@link PlatformError} `failed_precondition` / `LISTEN_FAILED` when the address cannot be had.
 * @example
 * await using server = await startRpcServer({ bindings: [bindService(OrdersService, orders)], identity, logger, meter, serving });
 */
export async function startRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const clock = options.clock ?? systemClock;
  const { identity, logger, meter } = options;
  const bindings = [...options.bindings, bindHealth(options.bindings, { serving: options.serving, clock })];
  const core = createServerCore({ bindings, identity, logger, meter, clock, interceptors: options.interceptors ?? [] });
  const server = await chooseEngine(options.engine).server.listen({
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    methods: core.methods,
    handler: core.handle,
    maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
    onRefused: core.noteRefused,
    logger,
    meter,
    clock,
  });

  const drain = async (timeoutMs: number): Promise<void> => {
    server.stopAccepting();
    core.drain();
    const limit = Promise.withResolvers<void>();
    const cancel = clock.after(timeoutMs, limit.resolve);
    await Promise.race([core.idle(), limit.promise]);
    cancel();
    const cut = core.inFlight();
    if (cut > 0) logger.warn('calls were cut off', { calls: cut, timeout_ms: timeoutMs });
    await server.close(cut > 0 || timeoutMs === 0 ? 0 : flushMs);
  };

  return {
    address: server.address,
    inFlight: core.inFlight,
    drain,
    [Symbol.asyncDispose]: () => drain(0),
  };
}
