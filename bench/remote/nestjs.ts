import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type ClientGrpc, ClientProxyFactory, GrpcMethod, type GrpcOptions, Transport } from '@nestjs/microservices';
import { firstValueFrom, type Observable } from 'rxjs';
import type { Remote, Workload } from './workload.ts';

/** Options of Nest's gRPC transport for a workload. */
export function nestOptions({ service, protoFile, protoFolders }: Workload, port: number): GrpcOptions {
  const loader = { includeDirs: [...protoFolders] };
  const name = service.typeName.split('.').slice(0, -1).join('.');
  return {
    transport: Transport.GRPC,
    options: { package: name, protoPath: protoFile, url: `127.0.0.1:${port}`, loader },
  };
}

/** Applies a decorator of a method by hand, as the compiler would. */
export function decorateMethod(target: { prototype: object }, name: string, decorator: MethodDecorator): void {
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, name) as PropertyDescriptor;
  decorator(target.prototype, name, descriptor);
  Object.defineProperty(target.prototype, name, descriptor);
}

/** NestJS with its gRPC transport on both sides; it reads proto files by itself and brings protobufjs. */
export const nestjs: Remote = {
  async serve(workload, ports) {
    class CallController {
      call(request: never): object {
        return workload.plainAnswer(request);
      }
    }
    decorateMethod(CallController, 'call', GrpcMethod(workload.service.name, workload.method.name));
    Controller()(CallController);
    class AppModule {}
    Module({ controllers: [CallController] })(AppModule);
    const options = { logger: ['error'] as 'error'[], ...nestOptions(workload, ports.server) };
    const app = await NestFactory.createMicroservice(AppModule, options);
    await app.listen();
  },
  async connect(workload, ports) {
    const client = ClientProxyFactory.create(nestOptions(workload, ports.server)) as unknown as ClientGrpc;
    type Service = Readonly<Record<string, (request: object) => Observable<unknown>>>;
    const service = client.getService<Service>(workload.service.name);
    const name = workload.method.localName;
    return () => firstValueFrom((service[name] as Service[string])(workload.plainRequest));
  },
};
