import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { freePort } from '@mainstay/testing';

/** Whether this machine has a Redis; on Debian the package is redis-server. */
export const hasRedis: boolean = spawnSync('redis-server', ['--version']).status === 0;

/** Added to the titles of tests that need one. */
export const whySkipped: string = hasRedis ? '' : ' (skipped: no redis-server; on Debian the package redis-server)';

/** A Redis that keeps nothing, on a port of its own; disposing ends it. */
export interface RedisProcess extends AsyncDisposable {
  readonly url: string;
  /** Stops answering, with all connections open, until {@link goOn}. */
  hang(): void;
  goOn(): void;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
}

/** Starts a Redis of this test alone; resolves when it takes connections. */
export async function startRedis(): Promise<RedisProcess> {
  const port = await freePort();
  let child = await launch(port);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    hang: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    kill,
    async restart() {
      await kill();
      child = await launch(port);
    },
    [Symbol.asyncDispose]: kill,
  };
}

async function launch(port: number): Promise<ChildProcess> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface(child.stdout)) {
    if (line.includes('Ready to accept connections')) break;
  }
  child.stdout.resume();
  return child;
}
