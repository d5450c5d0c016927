import { connect, createServer, type ServerHttp2Stream } from 'node:http2';
import { BenchService, type TickRequest, type TickResponse } from '../../gen/bench/v1/bench_pb.ts';
import { codecOf, frame } from '../../remote/grpc-codec.ts';
import { firstOf } from './first-of.ts';
import type { Tick, Ticker } from './ticker.ts';

const codec = codecOf(BenchService.method.tick);
const headers = { ':method': 'POST', ':path': codec.path, 'content-type': 'application/grpc+proto', te: 'trailers' };

/** `node:http2` with hand-made gRPC frames: what is left when no library is in the way. */
export const http2Frames: Ticker = {
  async serve(port, ticks) {
    const server = createServer();
    server.on('stream', (stream) => {
      // The reader goes away in the middle of a stream when a run is over.
      stream.on('error', () => stream.destroy());
      stream.once('data', (request: Buffer) => {
        const { count } = codec.decodeRequest(request.subarray(5)) as TickRequest;
        void send(stream, ticks(count));
      });
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  },
  connect(port) {
    const session = connect(`http://127.0.0.1:${port}`);
    return (count) => {
      const stream = session.request(headers);
      stream.end(frame(codec.encodeRequest({ count })));
      return messagesOf(stream);
    };
  },
};

async function send(stream: ServerHttp2Stream, ticks: Iterable<Tick>): Promise<void> {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  for (const tick of ticks) {
    if (!stream.write(frame(codec.encodeResponse(tick)))) await firstOf(stream, 'drain', 'close');
    if (stream.destroyed) return;
  }
  stream.end();
}

async function* messagesOf(parts: AsyncIterable<Buffer>): AsyncGenerator<TickResponse> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const part of parts) {
    const bytes = rest.length === 0 ? part : Buffer.concat([rest, part]);
    let at = 0;
    while (bytes.length - at >= 5) {
      const end = at + 5 + bytes.readUInt32BE(at + 1);
      if (bytes.length < end) break;
      yield codec.decodeResponse(bytes.subarray(at + 5, end)) as TickResponse;
      at = end;
    }
    rest = bytes.subarray(at);
  }
}
