import { createServer, type RequestListener } from 'node:http';
import type { GetProductResponse, Product } from '@mainstay/contracts/products/v1/products';
import { framedUnary } from '../../remote/http2-frames.ts';
import { oneProduct } from '../../remote/one-product.ts';
import { product } from '../../remote/product-list.ts';
import type { GatewayPlaces } from './process.ts';
import { productJson } from './product-json.ts';

const prefix = '/v1/products/';

/** `node:http` that always gives the same JSON and calls nobody: what HTTP alone costs. */
export async function startConstant({ port }: GatewayPlaces): Promise<void> {
  const body = JSON.stringify(productJson(product(7)));
  const headers = headersOf(body);
  await listen(port, (_, response) => {
    response.writeHead(200, headers);
    response.end(body);
  });
}

/** `node:http` in front of hand-made gRPC frames on `node:http2`: what is left when no library is in the way. */
export async function startFrames({ port, ports }: GatewayPlaces): Promise<void> {
  const call = framedUnary(oneProduct, ports.server);
  await listen(port, (request, response) => {
    if (request.url?.startsWith(prefix) !== true) {
      response.writeHead(404).end();
      return;
    }
    call({ id: request.url.slice(prefix.length) }).then(
      (answer) => {
        const body = JSON.stringify(productJson((answer as GetProductResponse).product as Product));
        response.writeHead(200, headersOf(body));
        response.end(body);
      },
      () => response.writeHead(502).end(),
    );
  });
}

function headersOf(body: string): Readonly<Record<string, string | number>> {
  return { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) };
}

async function listen(port: number, handler: RequestListener): Promise<void> {
  await new Promise<void>((resolve) => createServer(handler).listen(port, '127.0.0.1', resolve));
}
