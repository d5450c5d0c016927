import { createServer } from 'node:http2';
import { createClient, type Transport } from '@connectrpc/connect';
import { connectNodeAdapter, createGrpcTransport } from '@connectrpc/connect-node';
import { bindService, createDirectTransport, startRpcServer } from '@mainstay/rpc';
import { BenchService, type TickRequest } from '../../gen/bench/v1/bench_pb.ts';
import { type EngineName, quiet } from '../../remote/mainstay.ts';
import type { Tick, Ticker } from './ticker.ts';

const implement = (ticks: (count: number) => Iterable<Tick>) => ({
  async *tick({ count }: TickRequest) {
    yield* ticks(count);
  },
});

function clientOf(transport: Transport): (count: number) => AsyncIterable<Tick> {
  const client = createClient(BenchService, transport);
  return (count) => client.tick({ count });
}

/** Mainstay end to end. */
export const mainstay = (engine: EngineName): Ticker => ({
  async serve(port, ticks) {
    const bindings = [bindService(BenchService, implement(ticks))];
    await startRpcServer({ ...quiet, bindings, port, serving: () => true, engine });
  },
  connect: (port) => clientOf(createDirectTransport({ ...quiet, address: `127.0.0.1:${port}`, engine })),
});

/** `@connectrpc/connect-node` on both sides. */
export const connectNode: Ticker = {
  async serve(port, ticks) {
    const server = createServer(connectNodeAdapter({ routes: (r) => r.service(BenchService, implement(ticks)) }));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  },
  connect: (port) => clientOf(createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` })),
};
