import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Context, endpoint, service } from '@restatedev/restate-sdk';
import { freePort } from '../../harness/free-port.ts';
import type { Durable } from './durable.ts';

const five = service({
  name: 'bench',
  handlers: {
    async five(context: Context, n: number) {
      let sum = 0;
      for (let i = 0; i < 5; i++) sum += await context.run(`step-${i}`, () => n + i);
      return sum;
    },
  },
});

/** A handler of five steps with Restate: its server with a fresh folder, and its Node SDK in this process. Defaults throughout. */
export async function openRestate(): Promise<Durable> {
  const [node, ingress, admin, sdk] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-bench-restate-'));
  const server = startServer(folder, { node, ingress, admin });
  // Two lines a call otherwise.
  await endpoint()
    .bind(five)
    .setLogger(() => undefined)
    .listen(sdk);
  await patiently(() => post(`http://127.0.0.1:${admin}/deployments`, { uri: `http://127.0.0.1:${sdk}` }));
  const url = `http://127.0.0.1:${ingress}/bench/five`;
  await patiently(() => post(url, 0));
  return {
    run: async (n) => (await (await post(url, n)).json()) as number,
    async close() {
      server.kill('SIGKILL');
      await once(server, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function startServer(
  folder: string,
  ports: { readonly node: number; readonly ingress: number; readonly admin: number },
): ChildProcess {
  const own = `@restatedev/restate-server-${process.platform}-${process.arch}/package.json`;
  const binary = join(dirname(createRequire(import.meta.url).resolve(own)), 'bin', 'restate-server');
  const env = {
    ...process.env,
    RESTATE_LISTEN_MODE: 'tcp',
    RESTATE_BIND_IP: '127.0.0.1',
    RESTATE_BIND_PORT: String(ports.node),
    RESTATE_INGRESS__BIND_PORT: String(ports.ingress),
    RESTATE_ADMIN__BIND_PORT: String(ports.admin),
    RESTATE_LOG_FILTER: 'error',
    RESTATE_DISABLE_TELEMETRY: 'true',
  };
  return spawn(binary, ['--base-dir', folder, '--no-logo'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function post(url: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`Restate answered ${response.status}: ${await response.text()}`);
  return response;
}

/** Tries for 20 s, because the server has to start first. */
async function patiently(run: () => Promise<unknown>): Promise<void> {
  const endAt = performance.now() + 20_000;
  for (;;) {
    try {
      await run();
      return;
    } catch (error) {
      if (performance.now() > endAt) throw error;
      await pause(100);
    }
  }
}
