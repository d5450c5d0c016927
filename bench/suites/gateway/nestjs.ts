import { Controller, Get, Inject, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type ClientGrpc, ClientsModule } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { map, type Observable } from 'rxjs';
import { decorateMethod, nestOptions } from '../../remote/nestjs.ts';
import { oneProduct } from '../../remote/one-product.ts';
import type { GatewayPlaces } from './gateway-places.ts';

interface Products {
  getProduct(request: { id: string }): Observable<{ product: object }>;
  listProducts(request: object): Observable<object>;
}

/** NestJS on Fastify in front of its own gRPC client. */
export async function startNest({ port, ports }: GatewayPlaces): Promise<void> {
  class ProductsController {
    readonly client: ClientGrpc;
    products: Products | undefined;
    constructor(client: ClientGrpc) {
      this.client = client;
    }
    onModuleInit(): void {
      this.products = this.client.getService<Products>(oneProduct.service.name);
    }
    get(id: string): Observable<object> | undefined {
      return this.products?.getProduct({ id }).pipe(map(({ product }) => product));
    }
    list(): Observable<object> | undefined {
      return this.products?.listProducts({});
    }
  }
  Inject('PRODUCTS')(ProductsController, undefined, 0);
  Param('id')(ProductsController.prototype, 'get', 0);
  decorateMethod(ProductsController, 'get', Get(':id'));
  decorateMethod(ProductsController, 'list', Get());
  Controller('v1/products')(ProductsController);
  class AppModule {}
  const imports = [ClientsModule.register([{ name: 'PRODUCTS', ...nestOptions(oneProduct, ports.server) }])];
  Module({ imports, controllers: [ProductsController] })(AppModule);
  const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: ['error'] });
  await app.listen(port, '127.0.0.1');
}
