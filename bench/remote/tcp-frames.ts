import { connect, createServer, type Socket } from 'node:net';
import { codecOf } from './grpc-codec.ts';
import type { Remote } from './workload.ts';

type Send = (id: number, body: Uint8Array) => void;

// [length of the rest, u32][call, u32][message]; all that is written in one turn leaves in one system call.
function framed(socket: Socket, onFrame: Send): Send {
  socket.setNoDelay(true);
  let rest: Buffer | undefined;
  let corked = false;
  const uncork = (): void => {
    corked = false;
    socket.uncork();
  };
  socket.on('data', (part: Buffer) => {
    const bytes = rest === undefined ? part : Buffer.concat([rest, part]);
    let at = 0;
    while (bytes.length - at >= 4) {
      const end = at + 4 + bytes.readUInt32BE(at);
      if (bytes.length < end) break;
      onFrame(bytes.readUInt32BE(at + 4), bytes.subarray(at + 8, end));
      at = end;
    }
    rest = at < bytes.length ? bytes.subarray(at) : undefined;
  });
  // The other process ends first when a run is over.
  socket.on('error', () => socket.destroy());
  return (id, body) => {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(uncork);
    }
    const out = Buffer.allocUnsafe(8 + body.length);
    out.writeUInt32BE(4 + body.length, 0);
    out.writeUInt32BE(id, 4);
    out.set(body, 8);
    socket.write(out);
  };
}

/** Length-prefixed protobuf on one TCP socket: what is left without HTTP/2. */
export const tcpFrames: Remote = {
  async serve(workload, ports) {
    const codec = codecOf(workload.method);
    const server = createServer((socket) => {
      const send = framed(socket, (id, body) =>
        send(id, codec.encodeResponse(workload.answer(codec.decodeRequest(body) as never))),
      );
    });
    await new Promise<void>((resolve) => server.listen(ports.server, '127.0.0.1', resolve));
  },
  async connect(workload, ports) {
    const codec = codecOf(workload.method);
    const waiting = new Map<number, (answer: unknown) => void>();
    const send = framed(connect(ports.server, '127.0.0.1'), (id, body) => {
      const resolve = waiting.get(id);
      waiting.delete(id);
      resolve?.(codec.decodeResponse(body));
    });
    let lastId = 0;
    return () =>
      new Promise((resolve) => {
        lastId = (lastId + 1) >>> 0;
        waiting.set(lastId, resolve);
        send(lastId, codec.encodeRequest(workload.request));
      });
  },
};
