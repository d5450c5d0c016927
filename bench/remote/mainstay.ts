import { createClient } from '@connectrpc/connect';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import * as rpc from '@mainstay/rpc';
import { implementation, type Ports, type Remote } from './workload.ts';

/** What carries the calls: `node` is `node:http2`, `wire` our own HTTP/2. */
export type EngineName = NonNullable<rpc.RpcServerOptions['engine']>;

/**
 * What servers and clients of ours are given here: a signed identity, no log and no metrics, as the peers have none.
 *
 * The contracts of the shop let the gateway call.
 */
export const quiet = {
  identity: rpc.createInternalIdentity({ key: new Uint8Array(32).fill(7), service: 'gateway' }),
  logger: silentLogger,
  meter: silentMeter,
};

/** Where the two sides get their certificates from. */
interface Security {
  server(ports: Ports): Promise<rpc.CredentialSource | undefined>;
  client(ports: Ports): Promise<rpc.CredentialSource | undefined>;
}

const nothing = async (): Promise<undefined> => undefined;
const plainText: Security = { server: nothing, client: nothing };

/** Both sides prove who they are, and the caller's certificate must name the service that signs the calls. */
const mutualTls: Security = {
  server: async ({ server }) => (await import('./certificates.ts')).issueCertificates(server),
  client: async ({ server }) => (await import('./certificates.ts')).takeCertificate(server),
};

/** Mainstay end to end: identity, access, deadline, validation, retries, balancing, the error model. */
export function mainstay(engine: EngineName, security: Security = plainText): Remote {
  return {
    async serve(workload, ports) {
      const binding = rpc.bindService(workload.service, implementation(workload));
      const serving = (): boolean => true;
      const credentials = await security.server(ports);
      await rpc.startRpcServer({
        ...quiet,
        bindings: [binding],
        port: ports.server,
        serving,
        engine,
        ...(credentials !== undefined && { credentials }),
      });
    },
    async connect({ service, method, request }, ports) {
      const address = `127.0.0.1:${ports.server}`;
      const credentials = await security.client(ports);
      const transport = rpc.createDirectTransport({
        ...quiet,
        address,
        engine,
        ...(credentials !== undefined && { credentials }),
      });
      const client = createClient(service, transport) as Readonly<
        Record<string, (request: unknown) => Promise<unknown>>
      >;
      const call = client[method.localName];
      if (call === undefined) throw new Error(`the client has no ${method.localName}`);
      return () => call(request);
    },
  };
}

/** The same over mutual TLS. */
export const mainstayMtls = (engine: EngineName): Remote => mainstay(engine, mutualTls);
