import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { DescService } from '@bufbuild/protobuf';
import { type Client, createClient, type ServiceImpl } from '@connectrpc/connect';
import comments from '@mainstay/contracts/comments.json' with { type: 'json' };
import { ServerReflection } from '@mainstay/contracts/grpc/reflection/v1/reflection';
import { OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { PaymentsService } from '@mainstay/contracts/payments/v1/payments';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { UsersService } from '@mainstay/contracts/users/v1/users';
import { createBalancer, discoveryReasons, type Endpoint, staticEndpoint } from '@mainstay/discovery';
import { type LogFields, type Logger, PlatformError, silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import { createLocalLimiter } from '@mainstay/rate-limit';
import {
  bindService,
  createInternalIdentity,
  createRpcTransport,
  createServiceClient,
  type RpcServer,
  type RpcTransport,
  type ServiceBinding,
  serviceNameOf,
  startRpcServer,
} from '@mainstay/rpc';
import type { LearningSource } from '../src/contracts/learn-contracts.ts';
import { createGateway, type Gateway } from '../src/gateway.ts';
import type { GatewayOptions } from '../src/gateway-options.ts';
import { demoKeys } from '../src/identity/api-keys.ts';
import { LabService } from './lab.ts';
import { createTokenIssuer, type TokenIssuer } from './token-issuer.ts';

/** Implementations of the services behind the gateway, as far as a test needs them. */
export interface Backends {
  readonly orders?: Partial<ServiceImpl<typeof OrdersService>>;
  readonly products?: Partial<ServiceImpl<typeof ProductsService>>;
  readonly payments?: Partial<ServiceImpl<typeof PaymentsService>>;
  readonly users?: Partial<ServiceImpl<typeof UsersService>>;
  /** Methods of the lab contract, by local name; their types are known at run time only. */
  /** Contract of the lab, default the lab's own. */
  readonly labContract?: DescService;
  readonly lab?: Readonly<Record<string, (request: never, context: never) => unknown>>;
}

/** A gateway with gRPC servers behind it, all on sockets of this machine. */
export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly gateway: Gateway;
  /** What it was made of. */
  readonly options: GatewayOptions;
  readonly tokens: TokenIssuer;
  /** Lines the gateway logged. */
  readonly logs: readonly LogLine[];
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
  /** A client of a service that leaves the gateway out and calls over gRPC. */
  grpc<S extends DescService>(service: S): Client<S>;
  /** What clients that leave the gateway out call by. */
  grpcTo(service: string): RpcTransport;
  /** Sends bytes as they are, and gives all that comes back until the connection ends. */
  sendRaw(text: string): Promise<string>;
  /** Stops the server of a service; it stays registered unless `unregister`. */
  stop(service: string, options?: { readonly unregister?: boolean }): Promise<void>;
  /** Starts the server of a service again, on another port. */
  restart(service: string): Promise<void>;
}

export interface LogLine {
  readonly message: string;
  readonly fields: LogFields;
  /** Trace that the line belongs to. */
  readonly traceId: string | undefined;
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** An object is sent as JSON; a string as it is, as application/json. */
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Parsed when the answer is JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of any shape
  readonly json: any;
}

/** Key of the tier that is not in the way. */
export const fast: Readonly<Record<string, string>> = { 'x-api-key': 'demo-enterprise' };

const services = [OrdersService, ProductsService, PaymentsService, UsersService, LabService];
const identity = createInternalIdentity({ key: new Uint8Array(32).fill(7), service: 'backend' });
const gatewayIdentity = createInternalIdentity({ key: new Uint8Array(32).fill(7), service: 'gateway' });

/** What differs from a usual gateway. */
export interface TestGatewayOptions extends Partial<Omit<GatewayOptions, 'protection'>> {
  readonly protection?: Partial<GatewayOptions['protection']>;
  /** Whether it asks services for contracts that it does not know; it looks when the test says so. */
  readonly learns?: boolean;
}

export async function startTestGateway(
  backends: Backends,
  { protection, learns = false, ...overrides }: TestGatewayOptions = {},
): Promise<TestGateway> {
  const tokens = await createTokenIssuer(overrides.clock ?? systemClock);
  const bindings = new Map<string, ServiceBinding>([
    ['users', bindService(UsersService, { getKeySet: () => tokens.keySet(), ...backends.users })],
  ]);
  if (backends.orders) bindings.set('orders', bindService(OrdersService, backends.orders));
  if (backends.products) bindings.set('products', bindService(ProductsService, backends.products));
  if (backends.payments) bindings.set('payments', bindService(PaymentsService, backends.payments));
  if (backends.lab) bindings.set('lab', bindService(backends.labContract ?? LabService, backends.lab as never));

  const servers = new Map<string, RpcServer>();
  const endpoints = new Map<string, readonly Endpoint[]>();
  const transports = new Map<string, RpcTransport>();
  const start = async (name: string): Promise<void> => {
    const clock = overrides.clock ?? systemClock;
    const options = {
      identity,
      logger: silentLogger,
      meter: silentMeter,
      clock,
      serving: () => true,
      reflection: true,
    };
    const server = await startRpcServer({ ...options, bindings: [bindings.get(name) as ServiceBinding] });
    servers.set(name, server);
    endpoints.set(name, [staticEndpoint(server.address)]);
  };
  for (const name of bindings.keys()) await start(name);

  const { logger, logs } = createLogCollector();
  const clients = new Map<DescService, unknown>();
  const clientOf = <S extends DescService>(service: S): Client<S> => {
    const known = clients.get(service);
    if (known !== undefined) return known as Client<S>;
    const name = serviceNameOf(service);
    const client = createServiceClient(service, transportTo(name));
    clients.set(service, client);
    return client;
  };
  const transportTo = (name: string): RpcTransport => {
    const known = transports.get(name);
    if (known !== undefined) return known;
    const transport = createRpcTransport({
      service: name,
      resolve: () => endpoints.get(name) ?? none,
      balancer: createBalancer('round_robin'),
      identity: gatewayIdentity,
      logger: silentLogger,
      meter: silentMeter,
      maxAttempts: 1,
      ...(overrides.clock !== undefined && { clock: overrides.clock }),
    });
    transports.set(name, transport);
    return transport;
  };
  const learning: LearningSource = {
    intervalMs: 3_600_000,
    services: () => new Map([...endpoints].map(([name, list]) => [name, list.map(({ id }) => id).join()])),
    reflection: async (name) => createClient(ServerReflection, transportTo(name)),
  };
  const settings: GatewayOptions = {
    title: 'Lab',
    version: '1.2.3',
    services,
    comments,
    client: clientOf,
    clientOf: async (_, name) => {
      throw new PlatformError(discoveryReasons.NO_INSTANCE, `no instance of ${name}`);
    },
    ...(learns && { learning }),
    apiKeys: demoKeys,
    usage: {
      tiers: {
        anonymous: { limitPerMinute: 10, burst: 20, monthlyQuota: null },
        free: { limitPerMinute: 100, burst: 200, monthlyQuota: null },
        enterprise: { limitPerMinute: 1_000_000, burst: 100_000, monthlyQuota: null },
      },
      routes: {},
    },
    limiter: createLocalLimiter({ clock: overrides.clock ?? systemClock }),
    protection: {
      circuits: { services: {} },
      bulkhead: { maxConcurrent: 512, maxQueued: 512, queueTimeoutMs: 1_000 },
      ...protection,
    },
    answers: { compress: 'public', fromBytes: 1_024 },
    origins: [],
    streams: { heartbeatMs: 15_000, maxOpen: 100, maxOpenPerClient: 10, uploadLimitBytes: 4_194_304 },
    keySet: { minPauseMs: 5_000, maxAgeMs: 300_000, keepMs: 3_600_000, timeoutMs: 2_000 },
    limits: {
      bodyLimitBytes: 1_048_576,
      maxUrlLength: 8_192,
      headersTimeoutMs: 10_000,
      requestTimeoutMs: 30_000,
      keepAliveMs: 5_000,
      drainIdleMs: 50,
      trustedProxies: [],
    },
    clock: systemClock,
    logger,
    meter: silentMeter,
    ...overrides,
  };
  const gateway = createGateway(settings);
  const url = await gateway.listen('127.0.0.1', 0);
  const port = Number(new URL(url).port);

  return {
    url,
    port,
    gateway,
    options: settings,
    tokens,
    logs,
    grpc: clientOf,
    grpcTo: transportTo,
    send: (method, path, options = {}) => send(port, { method, path, ...options }),
    sendRaw: (text) => sendRaw(port, text),
    async stop(service, { unregister = false } = {}) {
      await servers.get(service)?.[Symbol.asyncDispose]();
      servers.delete(service);
      if (unregister) endpoints.set(service, none);
    },
    restart: start,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      for (const transport of transports.values()) await transport[Symbol.asyncDispose]();
      for (const server of servers.values()) await server[Symbol.asyncDispose]();
    },
  };
}

const none: readonly Endpoint[] = [];

/** A plain HTTP client: neither tidies the path nor the headers. */
export function send(
  port: number,
  options: SendOptions & { readonly method: string; readonly path: string },
): Promise<Answer> {
  const { method, path, headers = fast, body, token, signal } = options;
  const text =
    body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const payload = text === undefined ? undefined : Buffer.from(text as string);
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: false,
      ...(signal !== undefined && { signal }),
      headers: {
        ...(payload !== undefined && { 'content-type': 'application/json', 'content-length': payload.byteLength }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(headers as Record<string, string | string[]>),
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString('utf8');
        const { 'content-type': type = '', 'content-encoding': encoding } = response.headers;
        const isJson = /[/+]json/.test(type) && answer !== '' && encoding === undefined;
        const json: unknown = isJson ? JSON.parse(answer) : undefined;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answer, json });
      });
    });
    request.end(payload);
  });
}

function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}

function createLogCollector(): { logger: Logger; logs: LogLine[] } {
  const logs: LogLine[] = [];
  const note = (message: string, fields: LogFields = {}): void =>
    void logs.push({ message, fields, traceId: currentContext()?.trace.traceId });
  const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };
  return { logger, logs };
}
