import type { Subject } from '../../harness/child.ts';
import type { GatewayPlaces } from './gateway-places.ts';

/** Begins to listen; a gateway of several processes gives what tells of all of them. */
type StartGateway = (places: GatewayPlaces) => Promise<Subject | void>;

// Imported when used, so that a process holds one gateway only.
const gateways: Readonly<Record<string, () => Promise<StartGateway>>> = {
  'mainstay-wire': async () => (await import('./mainstay.ts')).startMainstay('wire'),
  'mainstay-wire + key and limits': startProtected,
  'mainstay-wire with 2 workers': async () => (await import('./workers.ts')).startWorkers,
  'mainstay-wire behind node:http': startBehindNode,
  'mainstay-node': async () => (await import('./mainstay.ts')).startMainstay('node'),
  'fastify + grpc-js': async () => (await import('./fastify.ts')).startFastify,
  nestjs: async () => (await import('./nestjs.ts')).startNest,
  'moleculer-web': async () => (await import('./moleculer-web.ts')).startMoleculerWeb,
  'node:http + http2-frames': async () => (await import('./node-http.ts')).startFrames,
  'node:http constant': async () => (await import('./node-http.ts')).startConstant,
};

async function startProtected(): Promise<StartGateway> {
  const { keysAndLimits, startMainstay } = await import('./mainstay.ts');
  return startMainstay('wire', { usage: keysAndLimits });
}

async function startBehindNode(): Promise<StartGateway> {
  const { startMainstay } = await import('./mainstay.ts');
  return startMainstay('wire', { httpEngine: 'node' });
}

/** A process with one gateway. */
export async function start({ name, ...places }: GatewayPlaces & { readonly name: string }): Promise<Subject> {
  const startGateway = await gateways[name]?.();
  if (startGateway === undefined) throw new Error(`no gateway named ${name}`);
  return (await startGateway(places)) ?? {};
}
