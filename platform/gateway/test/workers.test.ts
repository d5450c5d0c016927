import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let main: ChildProcess;
let port = 0;
/** The one management port. */
let management = '';
let folder = '';
let file = '';
const fileWith = (burst: number): string =>
  `gateway:\n  limits:\n    tiers: { anonymous: { limit_per_minute: 600000, burst: ${burst} }, free: { limit_per_minute: 1, burst: 30 } }\n`;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mainstay-workers-'));
  file = join(folder, 'mainstay.yaml');
  await writeFile(file, fileWith(100_000));
  main = fork(fileURLToPath(new URL('./fixtures/workers-process.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...process.env,
      // Workers that start later find the code compiled, and so do later runs.
      NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
      GATEWAY_WORKERS: '2',
      GATEWAY_SERVER_PORT: '0',
      GATEWAY_SERVER_DRAIN_IDLE_MS: '100',
      MAINSTAY_CONFIG: file,
      MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
      MAINSTAY_LOG_LEVEL: 'error',
      MAINSTAY_DRAIN_PAUSE_MS: '0',
    },
  });
  const [ready] = (await once(main, 'message')) as [{ address: string; managementUrl: string }];
  port = Number(new URL(ready.address).port);
  management = ready.managementUrl;
}, 120_000);
afterAll(async () => {
  if (main.exitCode === null) {
    const ended = once(main, 'exit');
    main.kill('SIGTERM');
    await ended;
  }
  await rm(folder, { recursive: true });
});

interface Answered {
  readonly status: number;
  /** Process that answered. */
  readonly pid: string;
  /** Burst of the limit that it passed. */
  readonly burst: string | undefined;
}

/** Asks over a connection of this agent; rejects when the connection breaks. */
function ask(agent: Agent, id = 'p', headers: Record<string, string> = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: `/v1/products/${id}`, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('error', reject).on('end', () => {
        const { statusCode: status = 0, headers: answered } = response;
        const [, burst] = /q=(\d+)/.exec(String(answered['ratelimit-policy'])) ?? [];
        resolve({ status, pid: status === 200 ? JSON.parse(text).name : '', burst });
      });
    })
      .on('error', reject)
      .end();
  });
}

/** Asks over new connections, which the workers get in turn. */
function askAll(count = 8): Promise<readonly Answered[]> {
  const agent = new Agent({ keepAlive: false });
  return Promise.all(Array.from({ length: count }, () => ask(agent)));
}

/** The processes that answer new connections. */
async function answering(): Promise<Set<string>> {
  return new Set((await askAll()).map(({ pid }) => pid));
}

const page = async <T>(path: string): Promise<T> => (await (await fetch(`${management}${path}`)).json()) as T;
const act = async (path: string, body: object): Promise<{ status: number; content: unknown }> => {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${management}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, content: await answer.json() };
};

interface ShownCircuit {
  readonly name: string;
  readonly forced: string | null;
  readonly worker: string;
}

const forcedIn = async (circuit: string): Promise<readonly (string | null)[]> => {
  const { gateway } = await page<{ gateway: readonly ShownCircuit[] }>('/circuits');
  return gateway.filter(({ name }) => name === circuit).map(({ forced }) => forced ?? null);
};

/** Requests that were answered, by the metrics of the gateway. */
async function counted(): Promise<number> {
  const text = await (await fetch(`${management}/metrics`)).text();
  const lines = text.matchAll(
    /^http_server_request_duration_seconds_count\{.*route="\/v1\/products\/\{id\}".* (\d+)$/gm,
  );
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** A process starts in a second; on a machine with much else to do in many. */
const slowStart = { timeout: 100_000, interval: 200 };

describe('a gateway of two workers', { timeout: 120_000 }, () => {
  it('shares connections among them, and admits no more than the limit over both', async () => {
    expect((await answering()).size).toBe(2);

    const agent = new Agent({ keepAlive: false });
    const key = { 'x-api-key': 'demo-free' };
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(agent, 'p', key)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(30);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
  });

  it('shows both at one port: their requests as one sum, gauges and health for each', async () => {
    const before = await counted();
    await askAll(10);
    expect((await counted()) - before).toBe(10);

    const text = await (await fetch(`${management}/metrics`)).text();
    expect(text.match(/^process_resident_memory_bytes\{worker="\d+"\}/gm)).toHaveLength(2);
    const health = await page<{ status: string; details: { workers: Record<string, { status: string }> } }>('/health');
    expect(health.status).toBe('up');
    expect(Object.values(health.details.workers).map(({ status }) => status)).toEqual(['up', 'up']);
    expect(Object.keys((await page<{ workers: object }>('/stats')).workers)).toHaveLength(2);
  });

  it('takes a changed configuration in both, and refuses a wrong one with its reason', async () => {
    await writeFile(file, fileWith(200_000));
    expect(await act('/config', {})).toMatchObject({ status: 200, content: { changed: ['gateway.limits.tiers'] } });
    expect((await askAll()).map(({ burst }) => burst)).toEqual(Array(8).fill('200000'));

    await writeFile(file, fileWith(0));
    expect(await act('/config', {})).toMatchObject({ status: 400, content: { error: 'CONFIG_INVALID' } });
    expect((await askAll()).map(({ burst }) => burst)).toEqual(Array(8).fill('200000'));
    await writeFile(file, fileWith(100_000));
  });

  it('replaces both without a failed request, whether connections are kept or not, and keeps what operators set', async () => {
    const before = await answering();
    let isOver = false;
    const statuses = new Map<number, number>();
    const agents = [new Agent({ keepAlive: true, maxSockets: 4 }), new Agent({ keepAlive: false })];
    const load = Array.from({ length: 4 }, async (_, at) => {
      while (!isOver) {
        const { status } = await ask(agents[at % 2] as Agent);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        await pause(10);
      }
    });

    const split = { versions: [{ version: '1.0.0', weight: 9 }] };
    expect(await act('/gateway/splits', { act: 'set', service: 'payments', revision: 0, split })).toMatchObject({
      status: 200,
    });
    await act('/circuits', { service: 'gateway', circuit: 'orders', force: 'open' });
    expect(await forcedIn('orders')).toEqual(['open', 'open']);
    const countedBefore = await counted();

    main.kill('SIGUSR2');
    await expect.poll(async () => [...(await answering())].filter((pid) => before.has(pid)), slowStart).toEqual([]);
    isOver = true;
    await Promise.all(load);
    for (const agent of agents) agent.destroy();

    expect([...statuses.keys()]).toEqual([200]);
    expect(statuses.get(200)).toBeGreaterThan(100);
    expect(await counted()).toBeGreaterThan(countedBefore);
    expect(await page('/gateway/splits')).toMatchObject({ kept: false, splits: [{ service: 'payments', split }] });
    expect(await forcedIn('orders')).toEqual(['open', 'open']);
    await act('/circuits', { service: 'gateway', circuit: 'orders', force: null });
    expect(await forcedIn('orders')).toEqual([null, null]);
  });

  it('replaces one that is killed, and the other goes on', async () => {
    const agent = new Agent({ keepAlive: false });
    await expect(ask(agent, 'crash')).rejects.toThrow(/socket hang up|ECONNRESET/);

    expect((await ask(agent)).status).toBe(200);
    await expect.poll(async () => (await answering()).size, slowStart).toBe(2);
    expect((await fetch(`${management}/health/ready`)).status).toBe(200);
  });
});
