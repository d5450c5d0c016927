import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { PlatformError } from '@mainstay/kernel';
import { currentContext, newTrace, runInContext } from '@mainstay/kernel/context';
import { expect, test } from 'vitest';
import {
  bidirectional,
  bindService,
  createDirectTransport,
  createHeaderMapper,
  createInProcessTransport,
  errorHeaders,
  fromConnectError,
  type HeaderMapper,
  incoming,
  outgoing,
  rpcReasons,
  startRpcServer,
} from '../src/index.ts';
import { collect, silent, type Way, ways } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

const newMapper = (): HeaderMapper =>
  createHeaderMapper({
    rules: [
      incoming('Authorization', 'auth-token', { transforms: [{ removePrefix: 'Bearer ' }] }),
      bidirectional('X-Request-ID', 'request-id', { default: { generate: 'uuid' }, baggage: true }),
      incoming('X-User-ID', 'user-id', { identity: 'user_id' }),
      outgoing('server-version', 'X-Server-Version', { default: 'v1' }),
    ],
  });

const seen: { header: Record<string, string>; baggage: unknown }[] = [];
const note = (header: Headers): void =>
  void seen.push({ header: Object.fromEntries(header), baggage: currentContext()?.baggage });

test('a plain gRPC client gets the metadata, the ids and the error headers that an HTTP client would', async () => {
  seen.length = 0;
  const binding = bindService(KindsService, {
    unary(_, { requestHeader }) {
      note(requestHeader);
      return { value: 'fine' };
    },
    async *serverStream(_, { requestHeader }) {
      yield { value: '1' };
      note(requestHeader);
    },
    unsafe() {
      throw new PlatformError(rpcReasons.SERVER_DRAINING, 'going');
    },
  });
  const interceptors = [newMapper().serverInterceptor];
  await using server = await startRpcServer({ ...silent, bindings: [binding], serving: () => true, interceptors });
  const client = createClient(
    KindsService,
    createGrpcTransport({ baseUrl: `http://${server.address}`, idleConnectionTimeoutMs: 1 }),
  );
  const headers = {
    authorization: 'Bearer abc123',
    'request-id': 'req-456',
    'user-id': 'forged',
    'x-user-id': 'forged',
  };

  let answered = new Headers();
  await client.unary({}, { headers, onHeader: (header) => void (answered = header) });
  await collect(client.serverStream({}, { headers }));
  const failure = fromConnectError(await client.unsafe({}, { headers }).catch((error: unknown) => error));

  for (const { header, baggage } of seen) {
    expect(header).toMatchObject({ 'auth-token': 'abc123', 'request-id': 'req-456' });
    expect(header).not.toHaveProperty('user-id');
    expect(baggage).toEqual({ 'request-id': 'req-456' });
  }
  expect(seen).toHaveLength(2);
  expect([answered.get('request-id'), answered.get('server-version')]).toEqual(['req-456', 'v1']);
  expect(errorHeaders(failure).get('request-id')).toBe('req-456');
  expect(failure).toMatchObject({ reason: 'SERVER_DRAINING', executed: 'no' });
});

test.for(ways)(
  '%s: ids go along through two services, and identity comes from the signed header only',
  async (way: Way) => {
    seen.length = 0;
    const inner = bindService(KindsService, {
      unary(_, { requestHeader }) {
        note(requestHeader);
        return {};
      },
    });
    await using parts = new AsyncDisposableStack();
    const start = async (binding: ReturnType<typeof bindService>) => {
      const mapper = newMapper();
      const shared = { ...silent, interceptors: [mapper.clientInterceptor] };
      if (way === 'in-process') {
        const transport = createInProcessTransport({
          ...shared,
          bindings: () => [binding],
          serverInterceptors: [mapper.serverInterceptor],
        });
        return createClient(KindsService, transport);
      }
      const interceptors = [mapper.serverInterceptor];
      const server = parts.use(
        await startRpcServer({ ...silent, bindings: [binding], serving: () => true, interceptors }),
      );
      return createClient(KindsService, parts.use(createDirectTransport({ ...shared, address: server.address })));
    };
    const innerClient = await start(inner);
    const client = await start(
      bindService(KindsService, {
        async unary(_, { requestHeader }) {
          note(requestHeader);
          return innerClient.unary({});
        },
      }),
    );

    const identity = { kind: 'user', userId: 'u-1', roles: [] } as const;
    await runInContext({ trace: newTrace(), identity, baggage: { 'request-id': 'req-9' } }, () =>
      client.unary({}, { headers: { 'user-id': 'forged' } }),
    );

    expect(seen.map(({ header }) => [header['request-id'], header['user-id']])).toEqual([
      ['req-9', 'u-1'],
      ['req-9', 'u-1'],
    ]);
  },
);
