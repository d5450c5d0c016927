import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { startSharedLimiter } from '@mainstay/rate-limit';
import { openRedis } from '@mainstay/rate-limit/redis';
import { createClient } from '@redis/client';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Subject } from '../../harness/child.ts';
import { closedLoop } from '../../harness/closed-loop.ts';
import type { Effort, Figures } from '../../harness/suite.ts';

const clients = 1_000;
const enough = 1_000_000_000;
const port = 16_390;
const url = `redis://127.0.0.1:${port}`;

type Check = (key: string) => unknown;

async function startOurs(leases: object): Promise<Check> {
  const redis = openRedis({ url, onError: () => undefined });
  const limiter = await startSharedLimiter({ redis, ...leases });
  const limit = { limitPerMinute: 6_000_000, burst: 100_000_000 };
  return (key) => limiter.take([{ name: 'client', key, limit, cost: 1 }]);
}

const contenders: Readonly<Record<string, () => Promise<Check>>> = {
  mainstay: () => startOurs({}),
  'mainstay, leased ahead': () => startOurs({ leases: { aheadMs: 100 } }),
  async 'rate-limiter-flexible'() {
    const storeClient = await createClient({ url }).connect();
    const limiter = new RateLimiterRedis({ storeClient, useRedisPackage: true, points: enough, duration: 3_600 });
    return (key) => limiter.consume(key);
  },
  async INCR() {
    const client = await createClient({ url }).connect();
    return (key) => client.incr(key);
  },
};

/** A process with one limiter and a Redis of its own. */
export async function start(name: string): Promise<Subject> {
  const make = contenders[name];
  if (make === undefined) throw new Error(`no limiter named ${name}`);
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.on('exit', () => server.kill('SIGKILL'));
  for await (const line of createInterface(server.stdout)) if (line.includes('Ready to accept')) break;
  server.stdout.resume();
  const check = await make();
  const probe = await createClient({ url }).connect();
  return {
    async measure({ warmUpMs, runMs }: Effort): Promise<Record<string, Figures>> {
      let n = 0;
      const call = async (): Promise<void> => void (await check(`client-${(n++ * 7_919) % clients}`));
      await closedLoop(call, { runMs: warmUpMs, inFlight: 64 });
      const redisBefore = await readInfo(probe);
      const before = process.cpuUsage();
      const { calls, p50Ms } = await closedLoop(call, { runMs, inFlight: 64 });
      const { user, system } = process.cpuUsage(before);
      const redisAfter = await readInfo(probe);
      const figures = {
        cpuMicroseconds: (user + system) / calls,
        redisMicroseconds: (redisAfter.cpuMicroseconds - redisBefore.cpuMicroseconds) / calls,
        commands: (redisAfter.requests - redisBefore.requests) / calls,
        p50Ms,
      };
      return { '64 in flight, 1,000 clients': figures };
    },
  };
}

/** Processor time of Redis, and the requests it read; what a script does inside is not counted. */
async function readInfo(probe: {
  info(section?: string): Promise<string>;
}): Promise<{ cpuMicroseconds: number; requests: number }> {
  const text = await probe.info('everything');
  const value = (name: string): number => Number(new RegExp(`^${name}:([0-9.]+)`, 'm').exec(text)?.[1] ?? 0);
  const commands = /^cmdstat_(?:evalsha|eval|incr):calls=(\d+)/gm;
  let requests = 0;
  for (const [, calls] of text.matchAll(commands)) requests += Number(calls);
  return { cpuMicroseconds: (value('used_cpu_user') + value('used_cpu_sys')) * 1e6, requests };
}
