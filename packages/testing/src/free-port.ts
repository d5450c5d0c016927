import { once } from 'node:events';
import { createServer } from 'node:net';
import { fixedPorts } from '@mainstay/kernel';

/** Below the ports that systems give to outgoing connections, one of which could take a port between its check and its use. */
const lowest = 10_240;
const count = 20_000;

/**
 * Finds a port of 127.0.0.1 that nobody uses at this moment, for a process that must be told its port beforehand.
 * It can be taken by another before that process listens: where the port may be 0, let the system choose instead.
 *
 * @example
 * const port = await freePort();
 * const url = `redis://127.0.0.1:${port}`;
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * count);
    if (await isFree(port)) return port;
  }
}

/**
 * Finds an offset with which nobody uses the fixed ports of a fleet at this moment, for `--port-offset`.
 *
 * @example
 * const offset = await freePortOffset();
 * const gatewayUrl = `http://127.0.0.1:${8080 + offset}`;
 */
export async function freePortOffset(): Promise<number> {
  const ports = Object.values(fixedPorts);
  for (;;) {
    const offset = lowest + Math.floor(Math.random() * (count - Math.max(...ports)));
    if ((await Promise.all(ports.map((port) => isFree(port + offset)))).every(Boolean)) return offset;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    // Somebody listens there, which is what was asked.
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
