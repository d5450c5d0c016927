import grpc from '@grpc/grpc-js';
import { BenchService, type TickRequest } from '../../gen/bench/v1/bench_pb.ts';
import { grpcDefinition, listenGrpc } from '../../remote/grpc-js.ts';
import { firstOf } from './first-of.ts';
import type { Tick, Ticker } from './ticker.ts';

const definition = grpcDefinition({ method: BenchService.method.tick }, true);

/** `@grpc/grpc-js` on both sides; the server waits for `drain`, as back-pressure asks. */
export const grpcJs: Ticker = {
  async serve(port, ticks) {
    const handler = async (call: grpc.ServerWritableStream<TickRequest, Tick>): Promise<void> => {
      for (const tick of ticks(call.request.count)) {
        if (!call.write(tick)) await firstOf(call, 'drain', 'cancelled');
        if (call.cancelled) return;
      }
      call.end();
    };
    const server = new grpc.Server();
    server.addService(definition, { tick: handler as unknown as grpc.UntypedHandleCall });
    await listenGrpc(server, port);
  },
  connect(port) {
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const { path, requestSerialize, responseDeserialize } = definition.tick as grpc.MethodDefinition<object, Tick>;
    return (count) => client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { count });
  },
};
