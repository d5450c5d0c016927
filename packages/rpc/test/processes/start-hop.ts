import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createClient } from '@connectrpc/connect';
import { createDirectTransport } from '../../src/index.ts';
import { silent } from '../connect-both.ts';
import { KindsService } from '../kinds-service.ts';

/** What a process saw: calls that reached it, turns of its work, and works that were stopped. */
export interface Seen {
  readonly reached: number;
  readonly worked: number;
  readonly stopped: number;
}

/** A service in a process of its own. */
export interface Hop extends AsyncDisposable {
  readonly address: string;
  seen(): Promise<Seen>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
}

/** Starts one, in front of another one if there is an address. */
export async function startHop(next?: string): Promise<Hop> {
  const script = fileURLToPath(new URL('./hop-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, ...(next === undefined ? [] : [next])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const { value: address } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const transport = createDirectTransport({ ...silent, address: String(address) });
  const client = createClient(KindsService, transport);
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    address: String(address),
    seen: async () => JSON.parse((await client.unsafe({})).value) as Seen,
    kill,
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
      await kill();
    },
  };
}
