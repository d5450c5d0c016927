import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let main: ChildProcess;
let port = 0;
/** Health of the worker that the parent was told of last. */
let health = '';
beforeAll(async () => {
  main = fork(fileURLToPath(new URL('./fixtures/workers-process.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...process.env,
      GATEWAY_WORKERS: '2',
      GATEWAY_SERVER_PORT: '0',
      GATEWAY_LIMITS_TIERS: JSON.stringify({
        anonymous: { limit_per_minute: 600_000, burst: 100_000 },
        free: { limit_per_minute: 1, burst: 30 },
      }),
      MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
      MAINSTAY_LOG_LEVEL: 'error',
      MAINSTAY_DRAIN_PAUSE_MS: '0',
    },
  });
  main.on('message', ({ managementUrl }: { managementUrl: string }) => {
    health = `${managementUrl}/health/ready`;
  });
  const [ready] = (await once(main, 'message')) as [{ address: string }];
  port = Number(new URL(ready.address).port);
}, 120_000);
afterAll(async () => {
  if (main.exitCode !== null) return;
  const ended = once(main, 'exit');
  main.kill('SIGTERM');
  await ended;
});

interface Answered {
  readonly status: number;
  /** Process that answered. */
  readonly pid: string;
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
        resolve({ status: response.statusCode ?? 0, pid: response.statusCode === 200 ? JSON.parse(text).name : '' });
      });
    })
      .on('error', reject)
      .end();
  });
}

/** The processes that answer new connections. */
async function answering(): Promise<Set<string>> {
  const agent = new Agent({ keepAlive: false });
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask(agent)));
  return new Set(answers.map(({ pid }) => pid));
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

  it('replaces both without a failed request, whether connections are kept or not', async () => {
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

    main.kill('SIGUSR2');
    await expect.poll(async () => [...(await answering())].filter((pid) => before.has(pid)), slowStart).toEqual([]);
    isOver = true;
    await Promise.all(load);
    for (const agent of agents) agent.destroy();

    expect([...statuses.keys()]).toEqual([200]);
    expect(statuses.get(200)).toBeGreaterThan(100);
    expect((await fetch(health)).status).toBe(200);
  });

  it('replaces one that is killed, and the other goes on', async () => {
    const agent = new Agent({ keepAlive: false });
    await expect(ask(agent, 'crash')).rejects.toThrow(/socket hang up|ECONNRESET/);

    expect((await ask(agent)).status).toBe(200);
    await expect.poll(async () => (await answering()).size, slowStart).toBe(2);
    expect((await fetch(health)).status).toBe(200);
  });
});
