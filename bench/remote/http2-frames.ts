import { type ClientHttp2Session, connect, createServer } from 'node:http2';
import { codecOf, frame } from './grpc-codec.ts';
import type { Init, Remote, Workload } from './workload.ts';

const responseHeaders = { ':status': 200, 'content-type': 'application/grpc+proto' };

/** The function that makes one call on one session of `node:http2`; it checks `grpc-status` and nothing else. */
export function framedUnary(workload: Workload, port: number): (request: Init) => Promise<unknown> {
  const codec = codecOf(workload.method);
  const session: ClientHttp2Session = connect(`http://127.0.0.1:${port}`);
  const headers = { ':method': 'POST', ':path': codec.path, 'content-type': 'application/grpc+proto', te: 'trailers' };
  return (request) =>
    new Promise((resolve, reject) => {
      const stream = session.request(headers);
      const parts: Buffer[] = [];
      let status: unknown;
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('trailers', (trailers) => {
        status = trailers['grpc-status'];
      });
      stream.on('error', reject);
      stream.on('end', () => {
        if (status === '0') resolve(codec.decodeResponse(join(parts).subarray(5)));
        else reject(new Error(`status ${String(status)}`));
      });
      stream.end(frame(codec.encodeRequest(request)));
    });
}

/** `node:http2` with hand-made gRPC frames: what is left when no library is in the way. No deadline, metadata or errors. */
export const http2Frames: Remote = {
  async serve(workload, ports) {
    const codec = codecOf(workload.method);
    const server = createServer();
    server.on('stream', (stream) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const answer = codec.encodeResponse(workload.answer(codec.decodeRequest(join(parts).subarray(5)) as never));
        stream.respond(responseHeaders, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(frame(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(ports.server, '127.0.0.1', resolve));
  },
  async connect(workload, ports) {
    const call = framedUnary(workload, ports.server);
    return () => call(workload.request);
  },
};

function join(parts: readonly Buffer[]): Buffer {
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}
