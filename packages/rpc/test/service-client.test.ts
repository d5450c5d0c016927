import type { DescMethodUnary } from '@bufbuild/protobuf';
import { createClient, type Interceptor } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import {
  answerFields,
  bindService,
  createDirectTransport,
  createInProcessTransport,
  createServiceClient,
  startRpcServer,
  transportOf,
} from '../src/index.ts';
import { silent, ways } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

const unary = KindsService.method.unary as DescMethodUnary;
const passing: Interceptor = (next) => (request) => next(request);

test.for(ways)('%s: a service client calls, and tells what carries its calls', async (way) => {
  const binding = bindService(KindsService, {
    unary({ value }, { responseHeader }) {
      responseHeader.append('x-side', 'one');
      responseHeader.append('x-side', 'two');
      return { value: `${value}!` };
    },
  });
  await using server = await startRpcServer({ ...silent, bindings: [binding], serving: () => true });

  for (const interceptors of [[], [passing]]) {
    await using socket = createDirectTransport({ ...silent, address: server.address, interceptors });
    const inProcess = createInProcessTransport({ ...silent, bindings: () => [binding], interceptors });
    const transport = way === 'socket' ? socket : inProcess;
    const client = createServiceClient(KindsService, transport);

    expect((await client.unary({ value: 'a' })).value).toBe('a!');
    expect(transportOf(client)).toBe(transport);
    expect(transportOf(createClient(KindsService, transport))).toBeUndefined();

    const answer = await transport.unary(unary, undefined, undefined, undefined, { value: 'b' });
    const fields = answerFields(answer);
    expect(answer.message).toMatchObject({ value: 'b!' });
    expect([fields.get('x-side'), fields.get('x-none') ?? undefined]).toEqual(['one, two', undefined]);
    expect(answer.header.get('x-side')).toBe('one, two');
    // What is changed in one form is seen in the other.
    answer.header.set('x-side', 'three');
    expect(answerFields(answer).get('x-side')).toBe('three');
  }
});
