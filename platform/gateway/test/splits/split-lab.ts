import { createClient, type ServiceImpl } from '@connectrpc/connect';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { createBalancer, type Endpoint, staticEndpoint } from '@mainstay/discovery';
import { silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import {
  bindService,
  createInternalIdentity,
  createRpcTransport,
  type RpcServer,
  type RpcTransport,
  startRpcServer,
} from '@mainstay/rpc';
import type { VersionedClient } from '@mainstay/service';
import { createMeter } from '@mainstay/telemetry';
import { createSplitAdmin, type SplitAdmin } from '../../src/admin/split-admin.ts';
import { createMemorySplitStore } from '../../src/splits/memory-split-store.ts';
import { SplitBook } from '../../src/splits/split-book.ts';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../harness.ts';

const key = new Uint8Array(32).fill(7);
const backend = createInternalIdentity({ key, service: 'backend' });
const gateway = createInternalIdentity({ key, service: 'gateway' });

/** A gateway before several versions of the products service, each with one server. */
export interface SplitLab extends AsyncDisposable {
  readonly lab: TestGateway;
  readonly admin: SplitAdmin;
  /** Puts a split in force, whatever was there. */
  set(split: object): Promise<void>;
  /** Ends the server of a version; `unregister` also takes it out of discovery. */
  stop(version: string, unregister?: boolean): Promise<void>;
  /** What Prometheus would read. */
  metrics(): Promise<string>;
}

/** @param versions - implementations by version; each answers by default with its version as the name of the product. */
export async function startSplitLab(
  versions: Readonly<Record<string, Partial<ServiceImpl<typeof ProductsService>>>>,
  options: TestGatewayOptions = {},
): Promise<SplitLab> {
  const servers = new Map<string, RpcServer>();
  const endpoints = new Map<string, readonly Endpoint[]>();
  const transports = new Map<string, RpcTransport>();
  for (const [version, implementation] of Object.entries(versions)) {
    const getProduct = ({ id }: { id: string }): object => ({ product: { id, name: version } });
    const server = await startRpcServer({
      identity: backend,
      logger: silentLogger,
      meter: silentMeter,
      serving: () => true,
      bindings: [bindService(ProductsService, { getProduct, ...implementation })],
    });
    servers.set(version, server);
    endpoints.set(version, [staticEndpoint(server.address)]);
  }
  const transportTo = (version: string): RpcTransport => {
    const known = transports.get(version);
    if (known !== undefined) return known;
    const transport = createRpcTransport({
      service: 'products',
      resolve: () => endpoints.get(version) ?? [],
      balancer: createBalancer('round_robin'),
      identity: gateway,
      logger: silentLogger,
      meter: silentMeter,
      maxAttempts: 1,
    });
    transports.set(version, transport);
    return transport;
  };
  const meter = createMeter();
  const store = createMemorySplitStore(systemClock);
  const book = new SplitBook(store);
  const lab = await startTestGateway(
    { products: { getProduct: ({ id }) => ({ product: { id, name: 'any' } }) } },
    {
      splits: book,
      clientAt: (service, version): VersionedClient<typeof service> => ({
        client: createClient(service, transportTo(version)),
        hasInstance: () => (endpoints.get(version) ?? []).length > 0,
      }),
      meter,
      ...options,
    },
  );
  const sights = {
    mirrored: (service: string) => lab.gateway.mirror.reports(service),
    instancesOf: (_: string, version: string) => (endpoints.get(version) ?? []).length,
  };
  const admin = createSplitAdmin({ store, book }, sights, silentLogger);
  return {
    lab,
    admin,
    async set(split) {
      await admin.act({ act: 'set', service: 'products', revision: book.get('products')?.revision ?? 0, split });
    },
    async stop(version, unregister = false) {
      await servers.get(version)?.[Symbol.asyncDispose]();
      servers.delete(version);
      if (unregister) endpoints.set(version, []);
    },
    metrics: () => meter.expose(),
    async [Symbol.asyncDispose]() {
      await lab[Symbol.asyncDispose]();
      for (const transport of transports.values()) await transport[Symbol.asyncDispose]();
      for (const server of servers.values()) await server[Symbol.asyncDispose]();
    },
  };
}

/** Shares of two versions. */
export function weights(first: number, second: number): object[] {
  return [
    { version: '1.0.0', weight: first },
    { version: '2.0.0', weight: second },
  ];
}
