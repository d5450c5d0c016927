import type { Interceptor } from '@connectrpc/connect';
import { type Clock, type Logger, type Meter, systemClock } from '@mainstay/kernel';
import { defaultMaxMessageBytes } from '../client/rpc-transport.ts';
import type { ServiceBinding } from '../contract/binding.ts';
import { chooseEngine, type EngineName } from '../engine/choose-engine.ts';
import type { CredentialSource } from '../engine/tls.ts';
import { bindHealth } from '../health/health-binding.ts';
import { readCertificateServices } from '../identity/certificate-services.ts';
import type { IdentityVerifier } from '../identity/identity.ts';
import type { MessageCatalogue } from '../messages/message-catalogue.ts';
import { bindReflection } from '../reflection/reflection-binding.ts';
import { startWebServer, type WebServer } from '../web/web-server.ts';
import { createServerCore } from './server-core.ts';
import { type CallAdmission, shedCalls } from './shed-calls.ts';

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
  /** What carries the calls, default `MAINSTAY_RPC_ENGINE`, else `wire`. */
  readonly engine?: EngineName;
  /** Certificate, key and trusted authorities, for TLS; they may change while calls run. Default none: clear text. */
  readonly credentials?: CredentialSource;
  /** With `credentials`: whether callers must prove who they are with a certificate of the authorities, default true. */
  readonly requireClientCertificate?: boolean;
  /** What errors say to people whose language a call names (`accept-language`), default English. */
  readonly messages?: MessageCatalogue;
  /** Whether gRPC's reflection services describe the bindings to anybody, default false; meant for development. */
  readonly reflection?: boolean;
  /** Asked before anything is done for a call; default none is refused. */
  readonly admit?: CallAdmission;
  /** Port for gRPC-Web and the Connect protocol over HTTP/1.1, 0 for a free one; default none. */
  readonly webPort?: number;
  /** Origins of web pages that may call at `webPort`, for example `https://shop.example`; default none. */
  readonly webOrigins?: readonly string[];
}

/** A listening gRPC server. */
export interface RpcServer extends AsyncDisposable {
  /** `host:port` as bound. */
  readonly address: string;
  /** `host:port` of gRPC-Web and Connect; undefined without `webPort`. */
  readonly webAddress: string | undefined;
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
 * Starts a gRPC server on HTTP/2, over TLS when it is given credentials.
 *
 * @throws {@link PlatformError} `failed_precondition` / `LISTEN_FAILED` when the address cannot be had.
 * @example
 * await using server = await startRpcServer({ bindings: [bindService(OrdersService, orders)], identity, logger, meter, serving });
 */
export async function startRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const clock = options.clock ?? systemClock;
  const { identity, logger, meter } = options;
  const bindings = [
    ...options.bindings,
    bindHealth(options.bindings, { serving: options.serving, clock }),
    ...(options.reflection === true ? bindReflection(options.bindings) : []),
  ];
  const { interceptors = [], messages } = options;
  const core = createServerCore({
    bindings,
    identity,
    logger,
    meter,
    clock,
    interceptors,
    messages,
    fleet: provingFleet(options),
  });
  const shared = {
    host: options.host ?? '127.0.0.1',
    methods: core.methods,
    handler: options.admit === undefined ? core.handle : shedCalls(core, options.admit),
    maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
  };
  const server = await chooseEngine(options.engine).server.listen({
    ...shared,
    port: options.port ?? 0,
    onRefused: core.noteRefused,
    logger,
    meter,
    clock,
    ...(options.credentials !== undefined && {
      tls: {
        credentials: options.credentials,
        requireClientCertificate: options.requireClientCertificate ?? true,
      },
    }),
  });
  const web = options.webPort === undefined ? undefined : await startWeb(options.webPort);

  async function startWeb(port: number): Promise<WebServer> {
    try {
      return await startWebServer({ ...shared, port, origins: options.webOrigins ?? [] });
    } catch (error) {
      await server.close(0);
      throw error;
    }
  }

  const drain = async (timeoutMs: number): Promise<void> => {
    server.stopAccepting();
    web?.stopAccepting();
    core.drain();
    const limit = Promise.withResolvers<void>();
    const cancel = clock.after(timeoutMs, limit.resolve);
    await Promise.race([core.idle(), limit.promise]);
    cancel();
    const cut = core.inFlight();
    if (cut > 0) logger.warn('calls were cut off', { calls: cut, timeout_ms: timeoutMs });
    const graceMs = cut > 0 || timeoutMs === 0 ? 0 : flushMs;
    await Promise.all([server.close(graceMs), web?.close(graceMs)]);
  };

  return {
    address: server.address,
    webAddress: web?.address,
    inFlight: core.inFlight,
    drain,
    [Symbol.asyncDispose]: () => drain(0),
  };
}

/** The fleet of the server's own certificate; peers of it must prove the services they sign for. */
function provingFleet({ credentials, requireClientCertificate }: RpcServerOptions): string | undefined {
  if (credentials === undefined || requireClientCertificate === false) return undefined;
  return readCertificateServices(credentials.current().certificate)?.fleet;
}
