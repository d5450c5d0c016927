import type { GetProductResponse, ListProductsResponse, Product } from '@mainstay/contracts/products/v1/products';
import fastify from 'fastify';
import { grpcUnary } from '../../remote/grpc-js.ts';
import { oneProduct } from '../../remote/one-product.ts';
import { productList } from '../../remote/product-list.ts';
import type { GatewayPlaces } from './gateway-places.ts';
import { listJson, listSchema, productJson, productSchema } from './product-json.ts';

/** Fastify with compiled answer schemas in front of `@grpc/grpc-js`. */
export async function startFastify({ port, ports }: GatewayPlaces): Promise<void> {
  const getProduct = grpcUnary(oneProduct, ports.server);
  const listProducts = grpcUnary(productList, ports.server);
  const app = fastify({ logger: false });
  app.get<{ Params: { id: string } }>(
    '/v1/products/:id',
    { schema: { response: { 200: productSchema } } },
    async ({ params }) => {
      const { product } = (await getProduct({ id: params.id })) as GetProductResponse;
      return productJson(product as Product);
    },
  );
  app.get('/v1/products', { schema: { response: { 200: listSchema } } }, async () =>
    listJson((await listProducts({})) as ListProductsResponse),
  );
  await app.listen({ port, host: '127.0.0.1' });
}
