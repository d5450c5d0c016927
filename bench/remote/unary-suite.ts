import { openChild } from '../harness/child.ts';
import type { LoopFigures } from '../harness/closed-loop.ts';
import { freePort } from '../harness/free-port.ts';
import type { BoundTarget, Contender, Effort, Figures, RatioTarget, Suite } from '../harness/suite.ts';
import { remoteContenders, type WorkloadName } from './remotes.ts';
import type { Side } from './server-process.ts';

/** Calls at the same time, and the share of the usual run time they get. */
const cases: readonly { readonly name: string; readonly inFlight: number; readonly share: number }[] = [
  { name: '64 in flight', inFlight: 64, share: 1 },
  { name: '1 in flight', inFlight: 1, share: 0.5 },
];

/** A suite of one workload over all remotes: client and server in processes of their own, one connection. */
export function unarySuite(options: {
  readonly about: string;
  readonly workload: WorkloadName;
  readonly targets: readonly (RatioTarget | BoundTarget)[];
}): Suite {
  return {
    about: options.about,
    contenders: remoteContenders,
    metrics: [
      { name: 'perSecond', title: 'calls/s' },
      { name: 'p50Ms', title: 'p50 ms' },
      { name: 'p99Ms', title: 'p99 ms' },
      { name: 'clientCpuMicroseconds', title: 'client CPU µs/call' },
      { name: 'serverCpuMicroseconds', title: 'server CPU µs/call' },
      { name: 'errors', title: 'errors' },
    ],
    better: 'more',
    beside: ['grpc-js', 'moleculer-tcp', 'http2-frames', 'tcp-frames'],
    targets: options.targets,
    packages: [
      '@grpc/grpc-js',
      '@connectrpc/connect-node',
      '@bufbuild/protobuf',
      '@nestjs/core',
      '@nestjs/microservices',
      'moleculer',
    ],
    measure: (contender, effort) => measure(contender, effort, options.workload),
  };
}

async function measure(contender: Contender, effort: Effort, workload: WorkloadName) {
  const ports = { server: await freePort(), client: await freePort() };
  const side: Side = { remote: contender.name, workload, ports };
  await using server = await openChild(new URL('server-process.ts', import.meta.url), side);
  await using client = await openChild(new URL('client-process.ts', import.meta.url), side);
  await client.call('load', { runMs: effort.warmUpMs, inFlight: 64 });
  const results: Record<string, Figures> = {};
  for (const { name, inFlight, share } of cases) {
    const before = [await client.cpuMicroseconds(), await server.cpuMicroseconds()] as const;
    const figures = await client.call<LoopFigures>('load', { runMs: effort.runMs * share, inFlight });
    const after = [await client.cpuMicroseconds(), await server.cpuMicroseconds()] as const;
    results[name] = {
      ...figures,
      clientCpuMicroseconds: (after[0] - before[0]) / figures.calls,
      serverCpuMicroseconds: (after[1] - before[1]) / figures.calls,
    };
  }
  return results;
}
