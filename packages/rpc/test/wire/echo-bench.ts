// Small unary echo between two processes: calls a second and processor time a call on each side.
//   node echo-bench.ts <wire|node> [calls in flight] [seconds] [engine|rpc]
// `engine` measures below the seam, `rpc` the whole way from client to handler.
import { fork } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { create } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { chooseEngine, type EngineName } from '../../src/engine/choose-engine.ts';
import { bindService, createDirectTransport, createInternalIdentity, startRpcServer } from '../../src/index.ts';
import { KindsService } from '../kinds-service.ts';

const [name = 'wire', flight = '64', seconds = '3', level = 'engine', role] = process.argv.slice(2);
const engine = chooseEngine(name as EngineName);
const method = KindsService.method.unary;
const identity = createInternalIdentity({ key: new Uint8Array(32).fill(7), service: 'bench' });
const silent = { logger: silentLogger, meter: silentMeter, identity };

async function serve(): Promise<void> {
  const server =
    level === 'rpc'
      ? await startRpcServer({
          ...silent,
          engine: name as EngineName,
          bindings: [bindService(KindsService, { unary: ({ value }) => ({ value }) })],
          serving: () => true,
        })
      : await engine.server.listen({
          host: '127.0.0.1',
          port: 0,
          methods: KindsService.methods,
          maxMessageBytes: 4_194_304,
          onRefused: () => undefined,
          async handler({ payload }) {
            return { payload, header: new Headers(), trailer: new Headers() };
          },
        });
  process.send!(server.address);
  process.on('message', () => process.send!(process.cpuUsage()));
}

async function measure(): Promise<void> {
  const child = fork(new URL(import.meta.url), [name, flight, seconds, level, 'server']);
  const nextMessage = <T>(): Promise<T> => new Promise((resolve) => child.once('message', (m) => resolve(m as T)));
  const address = await nextMessage<string>();
  const call = level === 'rpc' ? rpcCaller(address) : engineCaller(address);
  let isStopped = false;
  let count = 0;
  const latencies: number[] = [];
  const loop = async (): Promise<void> => {
    while (!isStopped) {
      const before = performance.now();
      await call();
      latencies.push(performance.now() - before);
      count++;
    }
  };
  const loops = Array.from({ length: Number(flight) }, loop);
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  await pause(1_500);
  const ask = async (): Promise<NodeJS.CpuUsage> => {
    child.send('cpu');
    return nextMessage<NodeJS.CpuUsage>();
  };
  const serverBefore = await ask();
  const before = process.cpuUsage();
  const startedAt = performance.now();
  count = 0;
  latencies.length = 0;
  await pause(Number(seconds) * 1_000);
  const own = process.cpuUsage(before);
  const elapsedMs = performance.now() - startedAt;
  const calls = count;
  const serverAfter = await ask();
  isStopped = true;
  await Promise.all(loops);
  latencies.sort((a, b) => a - b);
  const at = (share: number): string => latencies[Math.floor(latencies.length * share)]!.toFixed(2);
  const server = serverAfter.user + serverAfter.system - serverBefore.user - serverBefore.system;
  console.log(
    `${level} ${name} ${flight} in flight: ${Math.round((calls / elapsedMs) * 1_000)} calls/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms,`,
    `client ${((own.user + own.system) / calls).toFixed(1)} us, server ${(server / calls).toFixed(1)} us`,
  );
  child.kill();
  process.exit(0);
}

function engineCaller(address: string): () => Promise<unknown> {
  const connection = engine.client.connect({ address, maxMessageBytes: 4_194_304, connectTimeoutMs: 2_000 });
  const payload = create(method.input, { value: 'order-12345678, 3 items, tags a b c' });
  const { signal } = new AbortController();
  let id = 0;
  return () => {
    const header = new Headers();
    header.set('traceparent', `00-4bf92f3577b34da6a3ce929d0e0e4736-${(id++).toString(16).padStart(16, '0')}-01`);
    header.set('grpc-timeout', '1000m');
    return connection.call({ method, payload, header, signal });
  };
}

function rpcCaller(address: string): () => Promise<unknown> {
  const transport = createDirectTransport({ ...silent, engine: name as EngineName, address });
  const client = createClient(KindsService, transport);
  return () => client.unary({ value: 'order-12345678, 3 items, tags a b c' });
}

await (role === 'server' ? serve() : measure());
