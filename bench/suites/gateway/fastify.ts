import type { GetProductResponse, Product } from '@mainstay/contracts/products/v1/products';
import fastify from 'fastify';
import { grpcUnary } from '../../remote/grpc-js.ts';
import { oneProduct } from '../../remote/one-product.ts';
import type { GatewayPlaces } from './process.ts';
import { productJson, productSchema } from './product-json.ts';

/** Fastify with a compiled answer schema in front of `@grpc/grpc-js`. */
export async function startFastify({ port, ports }: GatewayPlaces): Promise<void> {
  const call = grpcUnary(oneProduct, ports.server);
  const app = fastify({ logger: false });
  app.get<{ Params: { id: string } }>(
    '/v1/products/:id',
    { schema: { response: { 200: productSchema } } },
    async ({ params }) => {
      const { product } = (await call({ id: params.id })) as GetProductResponse;
      return productJson(product as Product);
    },
  );
  await app.listen({ port, host: '127.0.0.1' });
}
