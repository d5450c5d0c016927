import { hash } from 'node:crypto';
import type { DescService } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { createGateway, type GatewayOptions } from '@mainstay/gateway';
import { systemClock } from '@mainstay/kernel';
import { createLocalLimiter } from '@mainstay/rate-limit';
import { createDirectTransport, createServiceClient } from '@mainstay/rpc';
import { type EngineName, quiet } from '../../remote/mainstay.ts';
import { benchKey } from './bench-key.ts';
import type { GatewayPlaces } from './gateway-places.ts';

const unlimited = { limitPerMinute: 1e9, burst: 1e9, monthlyQuota: null };
const mebibyte = 1_048_576;

/** What a gateway is told about clients and how much they may use. */
type Usage = Pick<GatewayOptions, 'apiKeys' | 'usage'>;

const anonymous: Usage = { apiKeys: [], usage: { tiers: { anonymous: unlimited }, routes: {} } };

/** A client with a key, and every limit that may hold for a request without a token. */
export const keysAndLimits: Usage = {
  apiKeys: [{ client: 'bench', tier: 'bench', sha256: hash('sha256', benchKey, 'hex') }],
  usage: {
    tiers: { anonymous: unlimited, bench: unlimited },
    address: unlimited,
    routes: { 'GET /v1/products/{id}': { limit: unlimited }, 'GET /v1/products': { limit: unlimited } },
  },
};

/** Our gateway with what a request always passes: rate limit, circuit, bulkhead, trace, deadline, validation, access. */
export function startMainstay(
  engine: EngineName,
  { usage = anonymous, httpEngine = 'wire' }: { readonly usage?: Usage; readonly httpEngine?: EngineName } = {},
): (places: GatewayPlaces) => Promise<void> {
  return async ({ port, ports }) => {
    const address = `127.0.0.1:${ports.server}`;
    const transport = createDirectTransport({ ...quiet, address, engine });
    const clients = new Map<DescService, unknown>();
    const client = <S extends DescService>(service: S): Client<S> => {
      const known = clients.get(service) ?? createServiceClient(service, transport);
      clients.set(service, known);
      return known as Client<S>;
    };
    const gateway = createGateway({
      title: 'bench',
      version: '0.1.0',
      services: [ProductsService],
      comments: undefined,
      client,
      clientOf: async (service) => client(service),
      httpEngine,
      ...usage,
      limiter: createLocalLimiter(),
      protection: {
        circuits: { services: {} },
        bulkhead: { maxConcurrent: 512, maxQueued: 512, queueTimeoutMs: 1_000 },
      },
      answers: { compress: 'public', fromBytes: 1_024 },
      origins: [],
      streams: { heartbeatMs: 15_000, maxOpen: 100, maxOpenPerClient: 10, uploadLimitBytes: 4 * mebibyte },
      keySet: { minPauseMs: 5_000, maxAgeMs: 300_000, keepMs: 3_600_000, timeoutMs: 5_000 },
      limits: {
        bodyLimitBytes: mebibyte,
        maxUrlLength: 8_192,
        headersTimeoutMs: 10_000,
        requestTimeoutMs: 30_000,
        keepAliveMs: 65_000,
        drainIdleMs: 500,
        trustedProxies: [],
      },
      clock: systemClock,
      logger: quiet.logger,
      meter: quiet.meter,
    });
    await gateway.listen('127.0.0.1', port);
  };
}
