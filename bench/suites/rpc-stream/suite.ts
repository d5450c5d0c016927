import { type Child, openChild } from '../../harness/child.ts';
import { freePort } from '../../harness/free-port.ts';
import type { Contender, Effort, Figures, Suite } from '../../harness/suite.ts';

const count = 100_000;
const fast = '100,000 messages';
const mebibyte = 1_048_576;

/** Many small messages one way, read as fast as they come and then slowly. */
export const suite: Suite = {
  about: 'server streams of 100,000 messages of 20 bytes, read with for await; then a stream with a slow reader',
  contenders: [
    { name: 'mainstay-wire', kind: 'ours' },
    { name: 'mainstay-node', kind: 'ours' },
    { name: 'grpc-js', kind: 'peer' },
    { name: 'connect-node', kind: 'peer' },
    { name: 'http2-frames', kind: 'limit' },
  ],
  metrics: [
    { name: 'perSecond', title: 'messages/s' },
    { name: 'clientCpuMicroseconds', title: 'client CPU µs each' },
    { name: 'serverCpuMicroseconds', title: 'server CPU µs each' },
    { name: 'ahead', title: 'made, not read' },
    { name: 'serverGrowthMiB', title: 'server growth MiB' },
    { name: 'clientGrowthMiB', title: 'client growth MiB' },
  ],
  better: 'more',
  beside: ['grpc-js', 'http2-frames'],
  targets: [
    { ours: 'mainstay-wire', other: 'grpc-js', in: fast, metric: 'perSecond', better: 'more', atLeast: 3 },
    { ours: 'mainstay-wire', in: 'slow reader', metric: 'serverGrowthMiB', atMost: 8, unit: 'MiB of growth' },
  ],
  packages: ['@grpc/grpc-js', '@connectrpc/connect-node', '@bufbuild/protobuf'],
  measure,
};

async function measure({ name }: Contender, effort: Effort): Promise<Record<string, Figures>> {
  const side = { name, port: await freePort() };
  await using server = await openChild(new URL('server-process.ts', import.meta.url), side);
  await using client = await openChild(new URL('client-process.ts', import.meta.url), side);
  await client.call('read', { count: count / 10, runMs: effort.warmUpMs });
  return { [fast]: await readFast(client, server, effort), 'slow reader': await readSlowly(client, server, effort) };
}

async function readFast(client: Child, server: Child, { runMs }: Effort): Promise<Figures> {
  const before = [await client.cpuMicroseconds(), await server.cpuMicroseconds()] as const;
  const { messages, perSecond } = await client.call<{ messages: number; perSecond: number }>('read', { count, runMs });
  const after = [await client.cpuMicroseconds(), await server.cpuMicroseconds()] as const;
  return {
    perSecond,
    clientCpuMicroseconds: (after[0] - before[0]) / messages,
    serverCpuMicroseconds: (after[1] - before[1]) / messages,
  };
}

async function readSlowly(client: Child, server: Child, { runMs }: Effort): Promise<Figures> {
  const slowMs = runMs / 2;
  const made = await server.call<number>('made');
  const before = [await client.memoryBytes(), await server.memoryBytes()] as const;
  const read = await client.call<number>('readSlowly', { count: 10 * count, runMs: slowMs });
  const after = [await client.memoryBytes(), await server.memoryBytes()] as const;
  return {
    perSecond: (read * 1_000) / slowMs,
    ahead: (await server.call<number>('made')) - made - read,
    clientGrowthMiB: (after[0] - before[0]) / mebibyte,
    serverGrowthMiB: (after[1] - before[1]) / mebibyte,
  };
}
