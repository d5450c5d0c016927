import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ParentMessage } from '@mainstay/service';
import { freePort } from '@mainstay/testing';

const entries = {
  registry: new URL('../../registry/src/main.ts', import.meta.url),
  gateway: new URL('../src/main.ts', import.meta.url),
  products: new URL('fixtures/products-process.ts', import.meta.url),
  headers: new URL('fixtures/headers-process.ts', import.meta.url),
  orders: new URL('fixtures/watched-orders-process.ts', import.meta.url),
};

/** One process of a fleet, ready. */
export interface FleetProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly managementUrl: string;
  /** What it wrote to its log so far. */
  output(): string;
}

/** Processes that find each other by a registry of their own. */
export interface Fleet extends AsyncDisposable {
  start(entry: keyof typeof entries, env?: Readonly<Record<string, string>>): Promise<FleetProcess>;
}

/** Makes a fleet without processes; heartbeats every 200 ms. */
export async function planFleet(): Promise<Fleet> {
  const [grpcPort, httpPort] = [await freePort(), await freePort()];
  const shared = {
    PATH: process.env['PATH'] ?? '',
    // Processes that start later find the code compiled, and so do later runs.
    NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
    MAINSTAY_INTERNAL_KEY: 'cd'.repeat(32),
    MAINSTAY_REGISTRY_ADDRESS: `127.0.0.1:${grpcPort}`,
    MAINSTAY_READINESS_INTERVAL_MS: '50',
    MAINSTAY_LOG_LEVEL: 'error',
  };
  const own: Readonly<Record<keyof typeof entries, Readonly<Record<string, string>>>> = {
    registry: {
      MAINSTAY_GRPC_PORT: String(grpcPort),
      REGISTRY_HTTP_PORT: String(httpPort),
      REGISTRY_HEARTBEAT_INTERVAL_MS: '200',
    },
    gateway: { GATEWAY_SERVER_PORT: '0' },
    products: {},
    headers: {},
    orders: {},
  };
  const children: ChildProcess[] = [];
  return {
    async start(entry, env = {}) {
      const child = fork(fileURLToPath(entries[entry]), {
        execArgv: [],
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
        env: { ...shared, ...own[entry], ...env },
      });
      children.push(child);
      let output = '';
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      const [message] = (await once(child, 'message')) as [ParentMessage];
      if (message.type === 'mainstay.failed') throw new Error(message.message);
      return { child, url: message.address ?? '', managementUrl: message.managementUrl, output: () => output };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          child.kill('SIGKILL');
          await once(child, 'exit');
        }),
      );
    },
  };
}
