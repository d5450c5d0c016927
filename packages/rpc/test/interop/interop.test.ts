import { once } from 'node:events';
import { connect, createServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { create, type DescMethodUnary, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { ResourceInfoSchema } from '@mainstay/contracts/google/rpc/error_details';
import { StatusSchema } from '@mainstay/contracts/google/rpc/status';
import { describe, expect, test } from 'vitest';
import { createDirectTransport } from '../../src/index.ts';
import { silent } from '../connect-both.ts';
import { cases } from './cases.ts';
import { createConnectNodeClient, createOurClient, startConnectNodeServer, startOurServer } from './connect-peers.ts';
import { engines } from './engines.ts';
import { createGrpcJsClient, startGrpcJsServer } from './grpc-js-peers.ts';
import type { PeerClient, PeerServer } from './peer.ts';
import { messageOf, methodOf, TestService, zeroes } from './testing-proto.ts';

interface Pair {
  readonly client: (address: string) => PeerClient;
  readonly server: () => Promise<PeerServer>;
  readonly hidesUnknown: boolean;
}

describe.for(engines)('engine $name', (engine) => {
  const ours = { client: (address: string) => createOurClient(address, engine), server: () => startOurServer(engine) };
  const pairs: Readonly<Record<string, Pair>> = {
    'ours → ours': { ...ours, hidesUnknown: true },
    'grpc-js → ours': { client: (address) => createGrpcJsClient(address), server: ours.server, hidesUnknown: true },
    'ours → grpc-js': { client: ours.client, server: () => startGrpcJsServer(), hidesUnknown: false },
    'connect-node → ours': {
      client: (address) => createConnectNodeClient(address),
      server: ours.server,
      hidesUnknown: true,
    },
    'ours → connect-node': { client: ours.client, server: () => startConnectNodeServer(), hidesUnknown: false },
  };

  describe.for(Object.entries(pairs))('%s', ([, pair]) => {
    test.for(Object.entries(cases))('%s', async ([, run]) => {
      await using server = await pair.server();
      await using client = pair.client(server.address);

      await run(client, pair);
    });
  });

  test('gzip, when our client asks for it, is understood by grpc-js and by us, both ways', async () => {
    await using theirs = await startGrpcJsServer({ 'grpc.default_compression_algorithm': 2 });
    await using own = await startOurServer(engine);

    for (const { address } of [theirs, own]) {
      await using client = createOurClient(address, engine, { compression: 'gzip' });
      const call = client.open(methodOf(TestService, 'UnaryCall'));
      call.send({ responseSize: 314_159, payload: zeroes(271_828) });
      expect((await call.next())?.payload?.body.byteLength).toBe(314_159);
      expect((await call.ended).code).toBe(0);
    }
  });

  test('what asks for gzip is answered in gzip, and what does not is not', async () => {
    await using own = await startOurServer(engine);
    await using client = createGrpcJsClient(own.address, { 'grpc.default_compression_algorithm': 2 });

    const call = client.open(methodOf(TestService, 'UnaryCall'));
    call.send({ responseSize: 314_159, payload: zeroes(271_828) });
    call.end();
    expect((await call.next())?.payload?.body.byteLength).toBe(314_159);
    expect((await call.ended).code).toBe(0);

    const request = messageOf(methodOf(TestService, 'UnaryCall').input, { responseSize: 314_159 });
    const bytes = toBinary(methodOf(TestService, 'UnaryCall').input, request);
    expect(await answerEncoding(own.address, bytes, { 'grpc-accept-encoding': 'gzip' })).toBe('gzip');
    expect(await answerEncoding(own.address, bytes, {})).toBeUndefined();
  });

  test('an error without messages of an unknown method is a trailers-only answer', async () => {
    await using own = await startOurServer(engine);
    const session = connect(`http://${own.address}`);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.testing.Nothing/Nothing',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.end(Buffer.alloc(5));
    const [header, flags] = (await once(stream, 'response')) as [IncomingHttpHeaders, number];
    session.close();

    expect(header).toMatchObject({
      ':status': 200,
      'grpc-status': '12',
      'grpc-status-details-bin': expect.any(String),
    });
    // END_STREAM on the headers: nothing follows.
    expect(flags & 1).toBe(1);
  });

  test('a trailers-only answer and its details are read', async () => {
    const details = toBinary(
      StatusSchema,
      create(StatusSchema, {
        code: 5,
        message: 'no such order',
        details: [
          anyPack(ResourceInfoSchema, create(ResourceInfoSchema, { resourceType: 'order', resourceName: '42' })),
        ],
      }),
    );
    const server = createServer();
    server.on('stream', (stream) =>
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc',
          'grpc-status': '5',
          'grpc-message': 'no such order',
          'grpc-status-details-bin': Buffer.from(details).toString('base64'),
        },
        { endStream: true },
      ),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await using transport = createDirectTransport({ ...silent, ...engine.client, address: `127.0.0.1:${port}` });
    const unary = methodOf(TestService, 'EmptyCall') as DescMethodUnary;

    const call = transport.unary(unary, undefined, undefined, undefined, {});
    await expect(call).rejects.toMatchObject({
      reason: 'STATUS_NOT_FOUND',
      rawMessage: 'no such order',
      metadata: { resource_type: 'order', resource_name: '42' },
    });
    await transport[Symbol.asyncDispose]();
    await new Promise((resolve) => server.close(resolve));
  });
});

async function answerEncoding(address: string, message: Uint8Array, header: object): Promise<unknown> {
  const session = connect(`http://${address}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/grpc.testing.TestService/UnaryCall',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...header,
  });
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.byteLength, 1);
  stream.end(Buffer.concat([head, message]));
  const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  stream.resume();
  await once(stream, 'close');
  session.close();
  return answer['grpc-encoding'];
}
