import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { GetProductResponse, ListProductsResponse, Product } from '@mainstay/contracts/products/v1/products';
import { framedUnary } from '../../remote/http2-frames.ts';
import { oneProduct } from '../../remote/one-product.ts';
import { product, productList } from '../../remote/product-list.ts';
import type { GatewayPlaces } from './gateway-places.ts';
import { listJson, productJson } from './product-json.ts';

const listPath = '/v1/products';
const prefix = `${listPath}/`;

/** `node:http` that always gives the same JSON and calls nobody: what HTTP alone costs. */
export async function startConstant({ port }: GatewayPlaces): Promise<void> {
  const products = Array.from({ length: 20 }, (_, n) => product(n));
  const bodies = new Map([[listPath, JSON.stringify(listJson({ products, nextPageToken: 'page-2' }))]]);
  const single = JSON.stringify(productJson(product(7)));
  await listen(port, ({ url = '' }, response) => answer(response, bodies.get(url) ?? single));
}

/** `node:http` in front of hand-made gRPC frames on `node:http2`: what is left when no library is in the way. */
export async function startFrames({ port, ports }: GatewayPlaces): Promise<void> {
  const getProduct = framedUnary(oneProduct, ports.server);
  const listProducts = framedUnary(productList, ports.server);
  const toBody = async (url: string): Promise<string> => {
    if (url === listPath) return JSON.stringify(listJson((await listProducts({})) as ListProductsResponse));
    const found = (await getProduct({ id: url.slice(prefix.length) })) as GetProductResponse;
    return JSON.stringify(productJson(found.product as Product));
  };
  await listen(port, ({ url = '' }, response) => {
    toBody(url).then(
      (body) => answer(response, body),
      () => response.writeHead(502).end(),
    );
  });
}

function answer(response: ServerResponse, body: string): void {
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

async function listen(port: number, handler: RequestListener): Promise<void> {
  await new Promise<void>((resolve) => createServer(handler).listen(port, '127.0.0.1', resolve));
}
