import { type DescMethod, type DescService, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type ChannelOptions,
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type StatusObject,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type { Credentials } from '../../src/index.ts';
import { type CallOptions, createQueue, type Ending, type OpenCall, type PeerClient, type PeerServer } from './peer.ts';
import { initialKey, trailingKey } from './test-service.ts';
import { type Fields, messageOf, TestService, zeroes } from './testing-proto.ts';

function definitionOf(method: DescMethod): MethodDefinition<Fields, Fields> {
  const { input, output, parent, methodKind } = method;
  return {
    path: `/${parent.typeName}/${method.name}`,
    requestStream: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
    responseStream: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
    requestSerialize: (value) => Buffer.from(toBinary(input, messageOf(input, value))),
    requestDeserialize: (bytes) => fromBinary(input, bytes) as Fields,
    responseSerialize: (value) => Buffer.from(toBinary(output, messageOf(output, value))),
    responseDeserialize: (bytes) => fromBinary(output, bytes) as Fields,
  };
}

/** The definition that grpc-js takes, from a descriptor. */
function definitionsOf(service: DescService): ServiceDefinition {
  return Object.fromEntries(service.methods.map((method) => [method.localName, definitionOf(method)]));
}

function echoed(metadata: Metadata): { header: Metadata; trailer: Metadata } {
  const [header, trailer] = [new Metadata(), new Metadata()];
  for (const value of metadata.get(initialKey)) header.add(initialKey, value);
  for (const value of metadata.get(trailingKey)) trailer.add(trailingKey, value);
  return { header, trailer };
}

function statusOf({ responseStatus }: Fields): Partial<StatusObject> | undefined {
  return responseStatus === undefined || responseStatus.code === 0
    ? undefined
    : { code: responseStatus.code, details: responseStatus.message };
}

/** A server of `@grpc/grpc-js`. */
export async function startGrpcJsServer(options: ChannelOptions = {}, own?: Credentials): Promise<PeerServer> {
  const server = new Server(options);
  const { unimplementedCall: _, ...definitions } = definitionsOf(TestService);
  server.addService(definitions, {
    emptyCall: (_call: ServerUnaryCall<Fields, Fields>, answer: sendUnaryData<Fields>) => answer(null, {}),
    unaryCall(call: ServerUnaryCall<Fields, Fields>, answer: sendUnaryData<Fields>) {
      const { header, trailer } = echoed(call.metadata);
      call.sendMetadata(header);
      const status = statusOf(call.request);
      if (status === undefined) answer(null, { payload: zeroes(call.request.responseSize ?? 0) }, trailer);
      else answer(status);
    },
    streamingOutputCall(call: ServerWritableStream<Fields, Fields>) {
      for (const { size } of call.request.responseParameters ?? []) call.write({ payload: zeroes(size) });
      call.end();
    },
    streamingInputCall(call: ServerReadableStream<Fields, Fields>, answer: sendUnaryData<Fields>) {
      let aggregatedPayloadSize = 0;
      call.on('data', ({ payload }: Fields) => {
        aggregatedPayloadSize += payload?.body.byteLength ?? 0;
      });
      call.on('end', () => answer(null, { aggregatedPayloadSize }));
      call.on('error', () => undefined);
    },
    fullDuplexCall(call: ServerDuplexStream<Fields, Fields>) {
      const { header, trailer } = echoed(call.metadata);
      call.sendMetadata(header);
      call.on('data', (request: Fields) => {
        const status = statusOf(request);
        if (status !== undefined) call.emit('error', status);
        for (const { size, intervalUs = 0 } of request.responseParameters ?? []) {
          if (intervalUs === 0) call.write({ payload: zeroes(size) });
        }
      });
      call.on('end', () => call.end(trailer));
      call.on('error', () => undefined);
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', serverCredentials(own), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return {
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}

function serverCredentials(own: Credentials | undefined): ServerCredentials {
  if (own === undefined) return ServerCredentials.createInsecure();
  const pair = { private_key: Buffer.from(own.key), cert_chain: Buffer.from(own.certificate) };
  return ServerCredentials.createSsl(Buffer.from(own.authorities), [pair], true);
}

function channelCredentials(own: Credentials | undefined): ReturnType<typeof credentials.createInsecure> {
  if (own === undefined) return credentials.createInsecure();
  return credentials.createSsl(Buffer.from(own.authorities), Buffer.from(own.key), Buffer.from(own.certificate));
}

/** A client of `@grpc/grpc-js`. */
export function createGrpcJsClient(address: string, options: ChannelOptions = {}, own?: Credentials): PeerClient {
  // Connections are otherwise shared by address, and the address of a stopped server may be the next one's.
  const settings = { 'grpc.use_local_subchannel_pool': 1, ...options };
  const client = new Client(address, channelCredentials(own), settings);
  return {
    open: (method, callOptions = {}) => open(client, method, callOptions),
    [Symbol.asyncDispose]: async () => client.close(),
  };
}

function open(client: Client, method: DescMethod, { headers = {}, timeoutMs }: CallOptions): OpenCall {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) {
    metadata.set(name, name.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
  }
  const { path, requestSerialize, responseDeserialize } = definitionOf(method);
  // A stream in both directions carries every kind of call.
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata, {
    ...(timeoutMs !== undefined && { deadline: Date.now() + timeoutMs }),
  });
  const answers = createQueue<Fields>();
  let header = new Metadata();
  const ended = new Promise<Ending>((resolve) => {
    call.on('metadata', (received: Metadata) => {
      header = received;
    });
    call.on('data', (answer: Fields) => answers.push(answer));
    call.on('error', () => undefined);
    call.on('status', (status: StatusObject) => {
      answers.end();
      resolve({
        code: status.code,
        message: status.details,
        header: (name) => textOf(header, name),
        trailer: (name) => textOf(status.metadata, name),
      });
    });
  });
  return {
    send: (request) => void call.write(request),
    end: () => void call.end(),
    next: () => answers.next(),
    cancel: () => call.cancel(),
    ended,
  };
}

function textOf(metadata: Metadata, name: string): string | undefined {
  const [value] = metadata.get(name);
  return Buffer.isBuffer(value) ? value.toString('base64').replaceAll('=', '') : value;
}
