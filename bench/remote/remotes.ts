import type { Contender } from '../harness/suite.ts';
import type { Remote, Workload } from './workload.ts';

/** Who makes remote calls, ours first. */
export const remoteContenders: readonly Contender[] = [
  { name: 'mainstay-wire', kind: 'ours' },
  { name: 'mainstay-wire-mtls', kind: 'ours' },
  { name: 'mainstay-node', kind: 'ours' },
  { name: 'grpc-js', kind: 'peer' },
  { name: 'connect-node', kind: 'peer' },
  { name: 'nestjs', kind: 'peer' },
  { name: 'moleculer-tcp', kind: 'peer' },
  { name: 'http2-frames', kind: 'limit' },
  { name: 'tcp-frames', kind: 'limit' },
];

// Imported when used, so that a process holds one contender only.
const remotes: Readonly<Record<string, () => Promise<Remote>>> = {
  'mainstay-wire': async () => (await import('./mainstay.ts')).mainstay('wire'),
  'mainstay-wire-mtls': async () => (await import('./mainstay.ts')).mainstayMtls('wire'),
  'mainstay-node': async () => (await import('./mainstay.ts')).mainstay('node'),
  'grpc-js': async () => (await import('./grpc-js.ts')).grpcJs,
  'connect-node': async () => (await import('./connect-node.ts')).connectNode,
  nestjs: async () => (await import('./nestjs.ts')).nestjs,
  'moleculer-tcp': async () => (await import('./moleculer.ts')).moleculer,
  'http2-frames': async () => (await import('./http2-frames.ts')).http2Frames,
  'tcp-frames': async () => (await import('./tcp-frames.ts')).tcpFrames,
};

/** What is called. */
export type WorkloadName = 'echo' | 'product-list' | 'one-product';

const workloads: Readonly<Record<WorkloadName, () => Promise<Workload>>> = {
  echo: async () => (await import('./echo.ts')).echo,
  'product-list': async () => (await import('./product-list.ts')).productList,
  'one-product': async () => (await import('./one-product.ts')).oneProduct,
};

/** Gives a contender by its name. */
export async function loadRemote(name: string): Promise<Remote> {
  const load = remotes[name];
  if (load === undefined) throw new Error(`no remote named ${name}`);
  return await load();
}

/** Gives a workload by its name. */
export const loadWorkload = (name: WorkloadName): Promise<Workload> => workloads[name]();
