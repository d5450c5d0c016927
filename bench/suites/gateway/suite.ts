import { type Child, openChild } from '../../harness/child.ts';
import { freePort } from '../../harness/free-port.ts';
import type { Contender, Effort, Figures, RatioTarget, Suite } from '../../harness/suite.ts';
import { product } from '../../remote/product-list.ts';
import type { WorkloadName } from '../../remote/remotes.ts';
import type { Ports } from '../../remote/workload.ts';
import { benchKey } from './bench-key.ts';
import { type LoadFigures, loadTool, startLoad } from './load.ts';

/** Which remote answers behind each gateway; the constant needs none. */
const backends: Readonly<Record<string, string | undefined>> = {
  'mainstay-wire': 'mainstay-wire',
  'mainstay-wire + key and limits': 'mainstay-wire',
  'mainstay-wire with 2 workers': 'mainstay-wire',
  'mainstay-wire behind node:http': 'mainstay-wire',
  'mainstay-node': 'mainstay-node',
  'fastify + grpc-js': 'grpc-js',
  nestjs: 'nestjs',
  'moleculer-web': 'moleculer-tcp',
  'node:http + http2-frames': 'http2-frames',
  'node:http constant': undefined,
};
const connections = 64;
/** What clients of a gateway send that asks for it. */
const headersFor: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'mainstay-wire + key and limits': {
    'x-api-key': benchKey,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  },
};

/** What is asked of the gateway, and which call that becomes. */
interface Request {
  readonly title: string;
  readonly workload: WorkloadName;
  readonly path: string;
}

const one: Request = { title: 'one product', workload: 'one-product', path: `/v1/products/${product(7).id}` };
const list: Request = { title: '20 products', workload: 'product-list', path: '/v1/products' };
const requests = [one, list];

const target = (other: string, atLeast: number, request = one): RatioTarget => ({
  ours: 'mainstay-wire',
  other,
  in: request.title,
  metric: 'perSecond',
  better: 'more',
  atLeast,
});

/** The front door: one HTTP request, one call behind it, one JSON answer. */
export const suite: Suite = {
  about: `GET /v1/products/{id} and /v1/products through one gateway process to one products process, ${connections} connections, ${loadTool()}`,
  contenders: [
    { name: 'mainstay-wire', kind: 'ours' },
    { name: 'mainstay-wire + key and limits', kind: 'ours' },
    { name: 'mainstay-wire with 2 workers', kind: 'ours' },
    { name: 'mainstay-wire behind node:http', kind: 'ours' },
    { name: 'mainstay-node', kind: 'ours' },
    { name: 'fastify + grpc-js', kind: 'peer' },
    { name: 'nestjs', kind: 'peer' },
    { name: 'moleculer-web', kind: 'peer' },
    { name: 'node:http + http2-frames', kind: 'limit' },
    { name: 'node:http constant', kind: 'limit' },
  ],
  metrics: [
    { name: 'perSecond', title: 'requests/s' },
    { name: 'p50Ms', title: 'p50 ms' },
    { name: 'p99Ms', title: 'p99 ms' },
    { name: 'gatewayCpuMicroseconds', title: 'gateway CPU µs' },
    { name: 'backendCpuMicroseconds', title: 'products CPU µs' },
    { name: 'not2xx', title: 'not 2xx' },
    { name: 'errors', title: 'errors' },
  ],
  better: 'more',
  beside: ['fastify + grpc-js', 'moleculer-web', 'node:http constant'],
  targets: [
    target('fastify + grpc-js', 4),
    target('nestjs', 4),
    target('moleculer-web', 1.6),
    target('fastify + grpc-js', 2, list),
    { ...target('mainstay-wire', 0.75), ours: 'mainstay-wire + key and limits' },
    { ...target('mainstay-wire', 1.8), ours: 'mainstay-wire with 2 workers' },
    { ...target('fastify + grpc-js', 1), metric: 'p99Ms', better: 'less' },
    { ...target('moleculer-web', 1), metric: 'p99Ms', better: 'less' },
  ],
  packages: [
    'fastify',
    '@grpc/grpc-js',
    '@nestjs/core',
    '@nestjs/platform-fastify',
    'moleculer',
    'moleculer-web',
    'autocannon',
  ],
  measure,
};

async function measure({ name }: Contender, effort: Effort): Promise<Record<string, Figures>> {
  const results: Record<string, Figures> = {};
  for (const request of requests) results[request.title] = await measureOne(name, request, effort);
  return results;
}

async function measureOne(name: string, { workload, path }: Request, effort: Effort): Promise<Figures> {
  const ports: Ports = { server: await freePort(), client: await freePort() };
  const port = await freePort();
  await using parts = new AsyncDisposableStack();
  const remote = backends[name];
  const side = { remote, workload, ports };
  const backend =
    remote === undefined
      ? undefined
      : parts.use(await openChild(new URL('../../remote/server-process.ts', import.meta.url), side));
  const gateway = parts.use(await openChild(new URL('process.ts', import.meta.url), { name, port, ports }));
  const url = `http://127.0.0.1:${port}${path}`;
  const headers = headersFor[name] ?? {};
  await checkAnswer(url, headers);

  const load = parts.use(await startLoad({ url, connections, headers }));
  await load.run(effort.warmUpMs);
  const before = await cpuOf(gateway, backend);
  const figures: LoadFigures = await load.run(effort.runMs);
  const after = await cpuOf(gateway, backend);
  return {
    ...figures,
    gatewayCpuMicroseconds: (after.gateway - before.gateway) / figures.requests,
    backendCpuMicroseconds: (after.backend - before.backend) / figures.requests,
  };
}

async function cpuOf(gateway: Child, backend: Child | undefined): Promise<{ gateway: number; backend: number }> {
  return { gateway: await gateway.cpuMicroseconds(), backend: (await backend?.cpuMicroseconds()) ?? Number.NaN };
}

async function checkAnswer(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const response = await fetch(url, { headers });
  const text = await response.text();
  if (response.status !== 200 || !text.includes('"sku":"LAMP-10')) throw new Error(`${response.status} ${text}`);
}
