import { type DescService, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { ServerReflection } from '@mainstay/contracts/grpc/reflection/v1/reflection';
import { ServerReflection as ServerReflectionAlpha } from '@mainstay/contracts/grpc/reflection/v1alpha/reflection';
import { OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { describe, expect, test } from 'vitest';
import { bindService, startRpcServer } from '../../src/index.ts';
import { silent } from '../connect-both.ts';
import { engines } from './engines.ts';
import { createGrpcJsClient } from './grpc-js-peers.ts';
import type { OpenCall } from './peer.ts';
import { methodOf } from './testing-proto.ts';

// What grpcurl does, with a client of grpc-js: list, then describe a symbol, then fetch what the files import.

interface Answer {
  readonly messageResponse: { readonly case: string; readonly value: Record<string, never> };
}

async function ask(call: OpenCall, question: { case: string; value: unknown }): Promise<Answer['messageResponse']> {
  call.send({ messageRequest: question } as never);
  return ((await call.next()) as unknown as Answer).messageResponse;
}

const versions: readonly [string, DescService][] = [
  ['v1', ServerReflection],
  ['v1alpha', ServerReflectionAlpha],
];
const bindings = [bindService(OrdersService, {})];

describe.for(engines)('engine $name', (engine) => {
  test.for(versions)(
    'reflection %s lists the services and gives every file a client needs, once',
    async ([, service]) => {
      await using server = await startRpcServer({
        ...silent,
        ...engine.server,
        bindings,
        serving: () => true,
        reflection: true,
      });
      await using client = createGrpcJsClient(server.address);
      const call = client.open(methodOf(service, 'ServerReflectionInfo'));

      const list = await ask(call, { case: 'listServices', value: '' });
      expect((list.value as unknown as { service: { name: string }[] }).service.map(({ name }) => name)).toEqual([
        'grpc.reflection.v1.ServerReflection',
        'grpc.reflection.v1alpha.ServerReflection',
        'orders.v1.OrdersService',
      ]);

      const found = await ask(call, { case: 'fileContainingSymbol', value: 'orders.v1.OrdersService.GetOrder' });
      expect(found.case).toBe('fileDescriptorResponse');
      const files = (found.value as unknown as { fileDescriptorProto: Uint8Array[] }).fileDescriptorProto.map((bytes) =>
        fromBinary(FileDescriptorProtoSchema, bytes),
      );
      const names = new Set(files.map(({ name }) => name));
      expect(files[0]?.name).toBe('orders/v1/orders.proto');
      expect(names.size).toBe(files.length);
      for (const { dependency } of files) for (const name of dependency) expect(names).toContain(name);

      const again = await ask(call, { case: 'fileByFilename', value: 'orders/v1/orders.proto' });
      expect((again.value as unknown as { fileDescriptorProto: unknown[] }).fileDescriptorProto).toHaveLength(1);

      const options = await ask(call, { case: 'allExtensionNumbersOfType', value: 'google.protobuf.MethodOptions' });
      const { extensionNumber } = options.value as unknown as { extensionNumber: number[] };
      expect(extensionNumber).toContain(72_295_728); // google.api.http
      const extension = { containingType: 'google.protobuf.MethodOptions', extensionNumber: 72_295_728 };
      expect((await ask(call, { case: 'fileContainingExtension', value: extension })).case).toBe(
        'fileDescriptorResponse',
      );

      for (const question of [
        { case: 'fileContainingSymbol', value: 'orders.v1.Nothing' },
        { case: 'fileByFilename', value: 'nothing.proto' },
        { case: 'allExtensionNumbersOfType', value: 'nothing.Nothing' },
      ]) {
        expect(await ask(call, question)).toMatchObject({ case: 'errorResponse', value: { errorCode: 5 } });
      }
      call.end();
      expect((await call.ended).code).toBe(0);
    },
  );
});

test('a server without the option has no reflection', async () => {
  await using server = await startRpcServer({ ...silent, bindings, serving: () => true });
  await using client = createGrpcJsClient(server.address);

  const call = client.open(methodOf(ServerReflection, 'ServerReflectionInfo'));
  call.end();

  expect((await call.ended).code).toBe(12);
});
