import { createClient } from '@connectrpc/connect';
import { createDirectTransport } from '../../src/index.ts';
import { silent } from '../connect-both.ts';
import { KindsService } from '../kinds-service.ts';
import { type ServerProcess, startServer } from './start-server.ts';

/** What a process saw: calls that reached it, turns of its work, and works that were stopped. */
export interface Seen {
  readonly reached: number;
  readonly worked: number;
  readonly stopped: number;
}

/** A service in a process of its own that tells what it saw. */
export interface Hop extends ServerProcess {
  seen(): Promise<Seen>;
}

/** Starts one, in front of another one if there is an address. */
export async function startHop(next?: string): Promise<Hop> {
  const server = await startServer(new URL('./hop-process.ts', import.meta.url), next);
  const transport = createDirectTransport({ ...silent, address: server.address });
  const client = createClient(KindsService, transport);
  return {
    ...server,
    seen: async () => JSON.parse((await client.unsafe({})).value) as Seen,
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
      await server.kill();
    },
  };
}
