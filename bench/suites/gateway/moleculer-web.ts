import type { ServiceSchema } from 'moleculer';
import ApiGateway from 'moleculer-web';
import { moleculerNode } from '../../remote/moleculer.ts';
import type { GatewayPlaces } from './gateway-places.ts';

/** moleculer-web in front of Moleculer's TCP transport. */
export async function startMoleculerWeb({ port, ports }: GatewayPlaces): Promise<void> {
  const broker = moleculerNode('client', ports);
  const routes = [{ path: '/v1', aliases: { 'GET /products/:id': 'bench.call', 'GET /products': 'bench.call' } }];
  broker.createService({
    name: 'api',
    mixins: [ApiGateway as ServiceSchema],
    settings: { port, ip: '127.0.0.1', routes },
  });
  await broker.start();
  await broker.waitForServices('bench', 15_000, 50);
}
