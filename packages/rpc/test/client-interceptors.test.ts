import { createClient, type Interceptor } from '@connectrpc/connect';
import { kernelReasons, PlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { bindService, createDirectTransport, createInProcessTransport, startRpcServer } from '../src/index.ts';
import { collect, silent, ways } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

test.for(ways)('%s: interceptors of a client see each call once, however often it is tried', async (way) => {
  const order: string[] = [];
  let visits = 0;
  const interceptor =
    (name: string): Interceptor =>
    (next) =>
    async (request) => {
      order.push(`${name} ${request.method.name} ${request.stream}`);
      request.header.append('x-passed', name);
      try {
        return await next(request);
      } catch (error) {
        order.push(`${name} ${(error as PlatformError).reason}`);
        throw error;
      }
    };
  const binding = bindService(KindsService, {
    unary(_, { requestHeader }) {
      visits++;
      if (visits < 3) throw new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'inner');
      return { value: requestHeader.get('x-passed') ?? '' };
    },
    unsafe() {
      throw new PlatformError(kernelReasons.REQUEST_INVALID, 'never');
    },
    async *serverStream({ value }) {
      yield { value };
    },
  });
  const interceptors = [interceptor('a'), interceptor('b')];
  await using server = await startRpcServer({ ...silent, bindings: [binding], serving: () => true });
  await using socket = createDirectTransport({ ...silent, address: server.address, interceptors });
  const inProcess = createInProcessTransport({ ...silent, bindings: () => [binding], interceptors });
  const client = createClient(KindsService, way === 'socket' ? socket : inProcess);

  expect((await client.unary({})).value).toBe('a, b');
  await expect(client.unsafe({})).rejects.toThrow('never');
  expect(await collect(client.serverStream({ value: 'x' }))).toMatchObject([{ value: 'x' }]);

  expect(visits).toBe(3);
  expect(order).toEqual([
    'a Unary false',
    'b Unary false',
    'a Unsafe false',
    'b Unsafe false',
    'b REQUEST_INVALID',
    'a REQUEST_INVALID',
    'a ServerStream true',
    'b ServerStream true',
  ]);
});
