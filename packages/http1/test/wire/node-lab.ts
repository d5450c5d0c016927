import { createServer, type IncomingMessage } from 'node:http';
import { MemorySocket } from './memory-socket.ts';
import { type SeenRequest, settle } from './wire-lab.ts';

/** What Node's server, with its parser as strict as it can be, makes of the same bytes. */
export async function playNode(bytes: Buffer): Promise<readonly SeenRequest[]> {
  const seen: SeenRequest[] = [];
  const note = (request: IncomingMessage, onEnd: () => void): void => {
    const { method = '', url = '', httpVersion, headers } = request;
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('error', () => undefined);
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('latin1');
      const known = headers as Record<string, string | undefined>;
      seen.push({ method, target: url, version: httpVersion, headers: { ...known }, body });
      onEnd();
    });
  };
  const server = createServer({
    joinDuplicateHeaders: true,
    maxHeaderSize: 16_384,
    shouldUpgradeCallback: () => false,
  });
  for (const event of ['request', 'checkContinue', 'checkExpectation']) {
    server.on(event, (request, response) => note(request, () => response.end()));
  }
  // What came before the fault is still told.
  server.on('clientError', () => undefined);
  server.on('connect', (request: IncomingMessage) => note(request, () => undefined));
  const socket = new MemorySocket();
  socket.on('error', () => undefined);
  server.emit('connection', socket);
  socket.push(bytes);
  await settle();
  socket.destroy();
  server.close();
  return seen;
}
