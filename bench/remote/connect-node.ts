import { createServer } from 'node:http2';
import { createClient } from '@connectrpc/connect';
import { connectNodeAdapter, createGrpcTransport } from '@connectrpc/connect-node';
import { implementation, type Remote } from './workload.ts';

/** `@connectrpc/connect-node` on both sides, gRPC over HTTP/2. */
export const connectNode: Remote = {
  async serve(workload, ports) {
    const adapter = connectNodeAdapter({
      routes: (router) => router.service(workload.service, implementation(workload)),
    });
    const server = createServer(adapter);
    await new Promise<void>((resolve) => server.listen(ports.server, '127.0.0.1', resolve));
  },
  async connect({ service, method, request }, ports) {
    const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${ports.server}` });
    const client = createClient(service, transport) as Readonly<Record<string, (request: unknown) => Promise<unknown>>>;
    const call = client[method.localName];
    if (call === undefined) throw new Error(`the client has no ${method.localName}`);
    return () => call(request);
  },
};
