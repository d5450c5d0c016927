import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly address: string;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
}

/** Starts a script, in front of another server if there is an address, and waits for its own. */
export async function startServer(script: URL, next?: string): Promise<ServerProcess> {
  const child = spawn(process.execPath, [fileURLToPath(script), ...(next === undefined ? [] : [next])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const { value: address } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return { address: String(address), kill, [Symbol.asyncDispose]: kill };
}
