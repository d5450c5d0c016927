import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '@mainstay/testing';

/** Whether this machine has a NATS; on Debian the package is nats-server. */
export const hasNats: boolean = spawnSync('nats-server', ['--version']).status === 0;

/** Added to the titles of tests that need one. */
export const whySkipped: string = hasNats ? '' : ' (skipped: no nats-server; on Debian the package nats-server)';

/** A NATS with JetStream in a folder and on a port of its own; disposing ends it and removes the folder. */
export interface NatsProcess extends AsyncDisposable {
  readonly url: string;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  start(): Promise<void>;
  /** Starts it again as one whose disk was lost. */
  startEmpty(): Promise<void>;
}

/** Starts a NATS with JetStream, with more options of its command line. */
export async function startNats(...options: readonly string[]): Promise<NatsProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-nats-'));
  const port = await freePort();
  let child = await launch(port, folder, options);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const start = async (): Promise<void> => {
    await kill();
    child = await launch(port, folder, options);
  };
  return {
    url: `nats://127.0.0.1:${port}`,
    kill,
    start,
    async startEmpty() {
      await kill();
      await rm(folder, { recursive: true });
      await start();
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(port: number, folder: string, options: readonly string[]): Promise<ChildProcess> {
  const args = ['--jetstream', '--addr', '127.0.0.1', '--port', String(port), '--store_dir', folder, ...options];
  const child = spawn('nats-server', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const line of createInterface(child.stderr)) if (line.includes('Server is ready')) break;
  child.stderr.resume();
  return child;
}
